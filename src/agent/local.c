/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does root on this machine ask the agent? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include <selvage/local.h>
#include <selvage/mem.h>

#define REQUEST_MAX 4096
#define MONITORS_MAX 16
#define MONITOR_BYTES (64 * 1024) /* that may wait for one who reads slowly, beside what the kernel keeps */
#define BACKLOG 16
#define PULSE_SECONDS 5 /* an empty line, so that one who is gone is noticed */

struct monitor_client {
	struct local *local;
	struct evhttp_request *request; /* NULL: free */
	uint64_t lost;                  /* lines, that it has not been told of */
};

struct local {
	struct event_base *base;
	const char *path;
	struct local_source source;
	struct evhttp *http; /* NULL: does not listen */
	struct event *pulse;
	struct stat made; /* the socket, when it was */
	struct monitor_client monitors[MONITORS_MAX];
};

static void on_status(struct evhttp_request *request, void *ctx)
{
	const struct local *local = ctx;
	struct evbuffer *body = evhttp_request_get_output_buffer(request);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	local->source.status(local->source.ctx, out);
	if (fclose(out))
		abort();
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "application/json");
	evbuffer_add(body, text, size);
	free(text);
	evhttp_send_reply(request, HTTP_OK, "OK", NULL);
}

static struct bufferevent *wire(const struct evhttp_request *request)
{
	return evhttp_connection_get_bufferevent(
		evhttp_request_get_connection((struct evhttp_request *)(uintptr_t)request));
}

/* A request whose connection broke is left to us; one whose connection is freed with the listener is not. */
static void on_gone(struct evhttp_connection *connection, void *ctx)
{
	struct monitor_client *client = ctx;

	(void)connection;
	if (client->request && !evhttp_request_get_connection(client->request))
		evhttp_send_reply_end(client->request);
	client->request = NULL;
}

/* Begins an answer without end.  Who is slow is no worse than who is silent: neither is hung up on. */
static void on_monitor(struct evhttp_request *request, void *ctx)
{
	struct local *local = ctx;
	size_t i = 0;

	while (i < MONITORS_MAX && local->monitors[i].request)
		i++;
	if (i == MONITORS_MAX) {
		evhttp_send_error(request, HTTP_SERVUNAVAIL, "Too many monitors");
		return;
	}
	local->monitors[i] = (struct monitor_client){local, request, 0};
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_gone, &local->monitors[i]);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "application/jsonl");
	evhttp_send_reply_start(request, HTTP_OK, "OK");
	bufferevent_set_timeouts(wire(request), NULL, NULL);
	bufferevent_setwatermark(wire(request), EV_READ, 0, REQUEST_MAX);
}

static void chunk_send(struct evhttp_request *request, const char *text, size_t n)
{
	struct evbuffer *chunk = evbuffer_new();

	if (!chunk || evbuffer_add(chunk, text, n))
		abort();
	evhttp_send_reply_chunk(request, chunk);
	evbuffer_free(chunk);
}

static bool has_room(const struct monitor_client *client)
{
	return evbuffer_get_length(bufferevent_get_output(wire(client->request))) < MONITOR_BYTES;
}

static void client_tell(struct monitor_client *client, const char *line, size_t n)
{
	char text[64];

	if (!client->request)
		return;
	if (!has_room(client)) {
		client->lost += n > 1;
		return;
	}
	if (client->lost) {
		snprintf(text, sizeof text, "{\"lost\":%ju}\n", (uintmax_t)client->lost);
		client->lost = 0;
		chunk_send(client->request, text, strlen(text));
	}
	if (client->request)
		chunk_send(client->request, line, n);
}

void local_tell(struct local *local, const char *line, size_t n)
{
	for (size_t i = 0; i < MONITORS_MAX; i++)
		client_tell(&local->monitors[i], line, n);
}

bool local_heard(const struct local *local)
{
	for (size_t i = 0; i < MONITORS_MAX; i++)
		if (local->monitors[i].request)
			return true;
	return false;
}

static void on_pulse(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	local_tell(ctx, "\n", 1);
}

struct local *local_new(struct event_base *base, const char *path, const struct local_source *source)
{
	struct local *local = mem_new(1, sizeof *local);

	local->base = base;
	local->path = path;
	local->source = *source;
	return local;
}

/* Does somebody listen there? */
static bool lives(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool connected =
		fd >= 0 && (!connect(fd, (const struct sockaddr *)address, sizeof *address) || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return connected;
}

static int fail(const struct local *local, struct err *err)
{
	return err_sys(err, errno == EACCES || errno == EPERM || errno == EROFS ? ERR_PERM : ERR_IO, errno,
		       "cannot listen on %s", local->path);
}

/* The last folder of the path, if it is not there; what is wrong with it otherwise, bind() tells. */
static void folder_make(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash && slash > path ? strndup(path, (size_t)(slash - path)) : NULL;

	if (folder)
		mkdir(folder, 0755);
	free(folder);
}

/* Takes the place of what is there in one step, so that there always is a socket to ask. */
static int place(struct local *local, int fd, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t mask;
	int rc;

	if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s.new", local->path) >=
	    sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return fail(local, err);
	}
	folder_make(local->path);
	unlink(address.sun_path);
	mask = umask(0177);
	rc = bind(fd, (const struct sockaddr *)&address, sizeof address);
	umask(mask);
	if (rc || listen(fd, BACKLOG) || stat(address.sun_path, &local->made) ||
	    rename(address.sun_path, local->path)) {
		fail(local, err);
		if (!rc)
			unlink(address.sun_path);
		return -1;
	}
	return 0;
}

static void serve(struct local *local, int fd)
{
	const struct timeval pulse = {PULSE_SECONDS, 0};
	struct evconnlistener *listener =
		evconnlistener_new(local->base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, 0, fd);

	local->http = evhttp_new(local->base);
	local->pulse = event_new(local->base, -1, EV_PERSIST, on_pulse, local);
	if (!listener || !local->http || !local->pulse || !evhttp_bind_listener(local->http, listener) ||
	    event_add(local->pulse, &pulse))
		abort();
	evhttp_set_allowed_methods(local->http, EVHTTP_REQ_GET);
	evhttp_set_max_headers_size(local->http, REQUEST_MAX);
	evhttp_set_max_body_size(local->http, 0);
	evhttp_set_cb(local->http, "/status", on_status, local);
	evhttp_set_cb(local->http, "/monitor", on_monitor, local);
}

int local_open(struct local *local, bool mine, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (local->http)
		return 0;
	if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s", local->path) >= sizeof address.sun_path)
		return err_set(err, ERR_IO, "cannot listen on %s: the path is too long", local->path);
	if (!mine && lives(&address))
		return err_set(err, ERR_BUSY, "another agent listens on %s", local->path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(local, err);
	if (place(local, fd, err)) {
		close(fd);
		return -1;
	}
	serve(local, fd);
	return 0;
}

void local_free(struct local *local)
{
	struct stat now;

	if (!local)
		return;
	if (local->http && !stat(local->path, &now) && now.st_ino == local->made.st_ino &&
	    now.st_dev == local->made.st_dev)
		unlink(local->path);
	if (local->pulse)
		event_free(local->pulse);
	if (local->http)
		evhttp_free(local->http);
	free(local);
}
