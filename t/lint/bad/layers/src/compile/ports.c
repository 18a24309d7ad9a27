/* Knows the room beside it, and a library that is not its own. */
#include <jansson.h>
#include <selvage/err.h>
#include <selvage/nl.h>
