/* Two middle rooms, without being the one that may. */
#include <event2/event.h>
#include <selvage/compile.h>
#include <selvage/decode.h>
