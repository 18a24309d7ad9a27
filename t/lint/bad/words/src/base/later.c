/* Leaves something for later. */
static int later(int n)
{
	if (n)
		goto out;
	n = 1; /* TODO: better */
out:
	return n;
}
