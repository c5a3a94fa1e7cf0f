/* libc.c - the little of a libc that the unit tests want, so that they run on a
 * device as they are. Programs for devices need none of it. */
#include <stdbool.h>
#include <stdint.h>

#include "../common/board.h"
#include "stdio.h"
#include "stdlib.h"
#include "string.h"

/* ---- string.h ---- */

void *memmove(void *to, const void *from, size_t size)
{
    char *target = to;
    const char *source = from;

    if (target <= source) {
        return memcpy(to, from, size); /* which goes forward */
    }
    while (size-- > 0) {
        target[size] = source[size];
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a;
    const unsigned char *right = b;

    for (size_t i = 0; i < size; i++) {
        if (left[i] != right[i]) {
            return left[i] - right[i];
        }
    }
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0') {
        length++;
    }
    return length;
}

int strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

char *strcpy(char *restrict to, const char *restrict from)
{
    memcpy(to, from, strlen(from) + 1);
    return to;
}

char *strrchr(const char *text, int byte)
{
    const char *found = NULL;

    for (; *text != '\0'; text++) {
        if (*text == byte) {
            found = text;
        }
    }
    return (char *)(uintptr_t)found;
}

char *strstr(const char *text, const char *part)
{
    size_t length = strlen(part);

    for (size_t left = strlen(text); left >= length; left--, text++) {
        if (memcmp(text, part, length) == 0) {
            return (char *)(uintptr_t)text;
        }
    }
    return NULL;
}

/* ---- stdio.h ---- */

struct output {
    char *buffer; /* NULL: the serial line */
    size_t size;
    size_t length; /* also of what had no place */
    size_t width;  /* of the next number, unless it is negative */
    char fill;
};

static void put(struct output *output, char byte)
{
    if (output->buffer == NULL) {
        board_put(byte);
    } else if (output->length + 1 < output->size) {
        output->buffer[output->length] = byte;
    }
    output->length++;
}

static void put_text(struct output *output, const char *text)
{
    while (*text != '\0') {
        put(output, *text++);
    }
}

static void put_number(struct output *output, unsigned long long number,
                       unsigned base)
{
    char digits[24];
    size_t count = 0;

    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    for (; output->width > count; output->width--) {
        put(output, output->fill);
    }
    output->width = 0;
    while (count > 0) {
        put(output, digits[--count]);
    }
}

static void put_signed(struct output *output, long long number)
{
    if (number < 0) {
        put(output, '-');
    }
    put_number(output,
               number < 0 ? 0 - (unsigned long long)number
                          : (unsigned long long)number,
               10);
}

/* %g with its six digits, for what is not much less than 1. */
static void put_fraction(struct output *output, double number)
{
    unsigned long long scale = 1;
    unsigned long long digits;
    int exponent = 0;

    if (number != number || number - number != 0) {
        put_text(output, number != number ? "nan"
                         : number < 0     ? "-inf"
                                          : "inf");
        return;
    }
    if (number < 0) {
        put(output, '-');
        number = -number;
    }
    for (bool is_large = number >= 999999.5; is_large && number >= 10;) {
        number /= 10;
        exponent++;
    }
    while (scale < 100000 && number * (double)scale < 100000) {
        scale *= 10;
    }
    digits = (unsigned long long)(number * (double)scale + 0.5);
    put_number(output, digits / scale, 10);
    digits %= scale;
    if (digits > 0) {
        put(output, '.');
    }
    while (digits > 0) {
        scale /= 10;
        put(output, (char)('0' + digits / scale));
        digits %= scale;
    }
    if (exponent > 0) {
        put_text(output, exponent < 10 ? "e+0" : "e+");
        put_number(output, (unsigned)exponent, 10);
    }
}

/* %f with so many digits behind the point. */
static void put_fixed(struct output *output, double number, size_t places)
{
    unsigned long long scale = 1;
    unsigned long long digits;

    for (size_t i = 0; i < places; i++) {
        scale *= 10;
    }
    if (number < 0) {
        put(output, '-');
        number = -number;
    }
    digits = (unsigned long long)(number * (double)scale + 0.5);
    put_number(output, digits / scale, 10);
    if (places > 0) {
        put(output, '.');
        output->width = places;
        output->fill = '0';
        put_number(output, digits % scale, 10);
    }
}

static unsigned long long number_of(va_list *values, int longs, bool is_size,
                                    bool is_signed)
{
    if (is_size) {
        return va_arg(*values, size_t);
    }
    if (longs == 2) {
        return va_arg(*values, unsigned long long);
    }
    if (is_signed) {
        return (unsigned long long)(longs == 1 ? va_arg(*values, long)
                                               : va_arg(*values, int));
    }
    return longs == 1 ? va_arg(*values, unsigned long)
                      : va_arg(*values, unsigned);
}

static const char *put_value(struct output *output, const char *format,
                             va_list *values)
{
    int longs = 0;
    bool is_size = false;
    size_t places = 6;

    output->fill = *format == '0' ? '0' : ' ';
    for (output->width = 0; *format >= '0' && *format <= '9'; format++) {
        output->width = output->width * 10 + (size_t)(*format - '0');
    }
    if (*format == '.') {
        places = (size_t)(format[1] - '0');
        format += 2;
    }
    for (; *format == 'l'; format++) {
        longs++;
    }
    if (*format == 'z') {
        is_size = true;
        format++;
    }
    switch (*format) {
    case 'd':
        put_signed(output, (long long)number_of(values, longs, is_size, true));
        break;
    case 'u':
    case 'x':
        put_number(output, number_of(values, longs, is_size, false),
                   *format == 'x' ? 16 : 10);
        break;
    case 'c':
        put(output, (char)va_arg(*values, int));
        break;
    case 's':
        put_text(output, va_arg(*values, const char *));
        break;
    case 'g':
        put_fraction(output, va_arg(*values, double));
        break;
    case 'f':
        put_fixed(output, va_arg(*values, double), places);
        break;
    case '%':
        put(output, '%');
        break;
    default:
        put_text(output, "[no such format]");
    }
    return format + 1;
}

/* A va_list may be an array, which cannot be passed by address as a parameter:
 * hence the copy. */
static int format_to(struct output *output, const char *format, va_list values)
{
    va_list rest;

    va_copy(rest, values);
    while (*format != '\0') {
        if (*format == '%') {
            format = put_value(output, format + 1, &rest);
        } else {
            put(output, *format++);
        }
    }
    va_end(rest);
    if (output->buffer != NULL && output->size > 0) {
        output->buffer[output->length < output->size ? output->length
                                                     : output->size - 1] = '\0';
    }
    return (int)output->length;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list values)
{
    char nowhere[1];
    struct output output = {size > 0 ? buffer : nowhere, size, 0, 0, ' '};

    return format_to(&output, format, values);
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list values;
    int length;

    va_start(values, format);
    length = vsnprintf(buffer, size, format, values);
    va_end(values);
    return length;
}

int sprintf(char *buffer, const char *format, ...)
{
    va_list values;
    int length;

    va_start(values, format);
    length = vsnprintf(buffer, SIZE_MAX, format, values);
    va_end(values);
    return length;
}

int printf(const char *format, ...)
{
    struct output output = {NULL, 0, 0, 0, ' '};
    va_list values;
    int length;

    va_start(values, format);
    length = format_to(&output, format, values);
    va_end(values);
    return length;
}

int fprintf(FILE *file, const char *format, ...)
{
    struct output output = {NULL, 0, 0, 0, ' '};
    va_list values;
    int length;

    (void)file;
    va_start(values, format);
    length = format_to(&output, format, values);
    va_end(values);
    return length;
}

/* ---- stdlib.h ---- */

#ifndef LIBC_ARENA /* bytes; a port may have less to give */
#define LIBC_ARENA (1024 * 1024)
#endif

/* Blocks of 16, 32, 64, ... bytes behind a head that says which; a block that
 * is free waits in the list of its size. */
enum { HEAD = 16, SIZES = 20 };

union block {
    struct {
        union block *next;
        unsigned size;
    } head;
    long long space[HEAD / sizeof(long long)];
};

static union block arena[LIBC_ARENA / HEAD];
static size_t arena_used;
static union block *free_blocks[SIZES];

void *malloc(size_t size)
{
    unsigned index = 0;
    size_t units = 1;
    union block *block;

    while (units * HEAD < size && index + 1 < SIZES) {
        units *= 2;
        index++;
    }
    block = free_blocks[index];
    if (block != NULL) {
        free_blocks[index] = block->head.next;
        return block + 1;
    }
    if (units * HEAD < size || units + 1 > LIBC_ARENA / HEAD - arena_used) {
        return NULL;
    }
    block = &arena[arena_used];
    arena_used += units + 1;
    block->head.size = index;
    return block + 1;
}

void *calloc(size_t count, size_t size)
{
    void *memory = malloc(count * size);

    return memory != NULL ? memset(memory, 0, count * size) : NULL;
}

void *realloc(void *memory, size_t size)
{
    void *moved = malloc(size);

    if (moved != NULL && memory != NULL) {
        const union block *block = (const union block *)memory - 1;
        size_t old_size = (size_t)HEAD << block->head.size;

        memcpy(moved, memory, old_size < size ? old_size : size);
        free(memory);
    }
    return moved;
}

void free(void *memory)
{
    union block *block = memory;

    if (block != NULL) {
        block--;
        block->head.next = free_blocks[block->head.size];
        free_blocks[block->head.size] = block;
    }
}

void abort(void)
{
    board_end(134);
}

unsigned long long strtoull(const char *text, char **end, int base)
{
    unsigned long long number = 0;

    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * (unsigned)base + (unsigned)(*text - '0');
    }
    if (end != NULL) {
        *end = (char *)(uintptr_t)text;
    }
    return number;
}
