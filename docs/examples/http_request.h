/* http_request.h - what a client of file_server.c asks for: the lines of an
 * HTTP request, one after the other. Nothing in here waits.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE = 4096, FIELDS = 100 }; /* the longest line; most header fields */

struct request { /* all zero before one is read */
    int status;  /* 0, or why it is refused */
    bool is_head, stays, has_host, has_body;
    char target[LINE]; /* as it came, without the query */
    char path[LINE];   /* decoded */
    char range[64], if_range[64], if_modified_since[64];
};

/* Take its end from a line: false for one without, or with a NUL in it. */
static bool trim(char *line)
{
    char *end = line + strcspn(line, "\r\n");

    if (strcmp(end, "\r\n") != 0 && strcmp(end, "\n") != 0) {
        return false;
    }
    *end = '\0';
    return true;
}

/* "%20" becomes a blank; a folder stands for its index. 0 or a status. */
static int decode(char *path, size_t size, const char *target)
{
    static const char index[] = "index.html";
    size_t length = 0;
    int byte;

    for (; *target != '\0'; target++) {
        byte = (unsigned char)*target;
        if (byte == '%') {
            char digits[3] = {target[1], target[1] ? target[2] : '\0', '\0'};

            if (strspn(digits, "0123456789abcdefABCDEF") != 2) {
                return 400;
            }
            byte = (int)strtol(digits, NULL, 16);
            target += 2;
        }
        if (byte == '\0') {
            return 400;
        }
        if (length + sizeof index >= size) {
            return 414;
        }
        path[length++] = (char)byte;
    }
    path[length] = '\0';
    if (path[length - 1] == '/') {
        memcpy(path + length, index, sizeof index);
    }
    return 0;
}

/* "GET /path?query HTTP/1.1". 0 or a status. */
static int parse_request_line(struct request *request, char *line)
{
    char *target = strchr(line, ' ');
    char *version = target != NULL ? strchr(target + 1, ' ') : NULL;

    if (version == NULL || strncmp(version + 1, "HTTP/", 5) != 0) {
        return 400;
    }
    *target++ = '\0';
    *version++ = '\0';
    if (strncmp(version, "HTTP/1.", 7) != 0 || strlen(version) != 8) {
        return 505;
    }
    request->stays = strcmp(version, "HTTP/1.0") != 0;
    request->has_host = !request->stays; /* 1.0 does without */
    request->is_head = strcmp(line, "HEAD") == 0;
    if (!request->is_head && strcmp(line, "GET") != 0) {
        return 405;
    }
    if (strncasecmp(target, "http://", 7) == 0) { /* as if to a proxy */
        target += 7;
        target += strcspn(target, "/");
    }
    if (target[0] != '/') {
        return 400;
    }
    target += strspn(target, "/") - 1; /* one is enough */
    target[strcspn(target, "?#")] = '\0';
    snprintf(request->target, sizeof request->target, "%s", target);
    return decode(request->path, sizeof request->path, target);
}

static void keep(char *text, size_t size, const char *value)
{
    snprintf(text, size, "%s", strlen(value) < size ? value : "");
}

/* "Name: value". 0 or a status. */
static int parse_field(struct request *request, char *line)
{
    char *value = line + strcspn(line, ": \t");
    size_t length;

    if (value == line || *value != ':') {
        return 400;
    }
    *value++ = '\0';
    value += strspn(value, " \t");
    length = strlen(value);
    while (length > 0 && strchr(" \t", value[length - 1]) != NULL) {
        value[--length] = '\0';
    }
    if (strcasecmp(line, "Host") == 0) {
        request->has_host = true;
    } else if (strcasecmp(line, "Connection") == 0) {
        request->stays =
            strcasecmp(value, "close") != 0 &&
            (request->stays || strcasecmp(value, "keep-alive") == 0);
    } else if (strcasecmp(line, "Content-Length") == 0) {
        request->has_body |= strcmp(value, "0") != 0;
    } else if (strcasecmp(line, "Transfer-Encoding") == 0) {
        request->has_body = true;
    } else if (strcasecmp(line, "Range") == 0) {
        keep(request->range, sizeof request->range, value);
    } else if (strcasecmp(line, "If-Range") == 0) {
        keep(request->if_range, sizeof request->if_range, value);
    } else if (strcasecmp(line, "If-Modified-Since") == 0) {
        keep(request->if_modified_since, sizeof request->if_modified_since,
             value);
    }
    return 0;
}

#endif /* HTTP_REQUEST_H */
