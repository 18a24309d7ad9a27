/* The compiler is tested without a kernel. */
#include <selvage/nl.h>
