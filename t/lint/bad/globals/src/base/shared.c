/* Some of these can be changed from everywhere. */
const char *shared_text = "a";
int shared_number;
_Thread_local int shared_thread;
const char *const shared_table[] = {"a", "b"};
const int shared_constant = 1;
static int own;

int *shared_own(void);
int *shared_own(void)
{
	return &own;
}
