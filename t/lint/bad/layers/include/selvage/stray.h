/* A header of no room. */
#include <selvage/err.h>
