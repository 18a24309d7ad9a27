/* Knows one of the rooms above it. */
#include <selvage/compile.h>
