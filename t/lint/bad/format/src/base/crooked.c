/* Laid out by hand. */
static int crooked(int n) { return n; }
