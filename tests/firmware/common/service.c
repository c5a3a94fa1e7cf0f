/* service.c - what a small device does all day, in eight tasks.
 *
 * A sensor is sampled without drift and watched for what is too warm, a button
 * is debounced, an LED blinks in patterns, a watchdog is fed while all is well,
 * and a serial line takes commands, one a line:
 *
 *     led on|off   pattern COUNT   led?   button?   sample?   watchdog?
 *     sensor VALUE   button LEVELS   lost?   late?   stop
 *
 * Everything is in static memory, so the linker's map is the budget. The bytes
 * of the serial line come by interrupt.
 */
#include <weft.h>

#include "board.h"
#include "instruments.h"

static struct weft_bare bare;
static struct weft_loop loop;

/* ---- What is said: whole lines, in order, by one task ---- */

enum { NO_NUMBER = -1 };

struct message {
    const char *text;
    int number;
};

static struct message messages[4];
static struct weft_queue said = WEFT_QUEUE(messages);

/* Under AWAIT. `message` keeps it while there is no place in the queue. */
static struct weft_op say(struct message *message, const char *text, int number)
{
    message->text = text;
    message->number = number;
    return weft_queue_put(&said, message);
}

/* Without a division, which small processors have to be taught. */
static void put_number(int number)
{
    static const int powers[] = {10000, 1000, 100, 10, 1};
    bool is_begun = false;

    for (size_t i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        char digit = '0';

        for (; number >= powers[i]; number -= powers[i]) {
            digit++;
        }
        is_begun = is_begun || digit > '0' || powers[i] == 1;
        if (is_begun) {
            board_put(digit);
        }
    }
}

struct speaker {
    struct weft_frame frame;
    struct message message;
};

static async speaker(struct weft_frame *frame)
{
    ASYNC_BEGIN(speaker);
    for (;;) {
        AWAIT(weft_queue_get(&said, &self->message));
        for (const char *text = self->message.text; *text != '\0'; text++) {
            board_put(*text);
        }
        if (self->message.number != NO_NUMBER) {
            board_put(' ');
            put_number(self->message.number);
        }
        board_put('\n');
        weft_queue_task_done(&said);
    }
    ASYNC_END;
}

/* ---- The watchdog: fed while all who must report have done so ---- */

enum { SAMPLER = 1, BUTTON = 2, ALL = SAMPLER | BUTTON };

static int alive;
static struct weft_event fed;

/* All who wait wake up; who comes now waits for the next time. */
static void pulse(struct weft_event *event)
{
    weft_event_set(event);
    weft_event_clear(event);
}

struct watchdog {
    struct weft_frame frame;
};

static async watchdog(struct weft_frame *frame)
{
    ASYNC_BEGIN(watchdog);
    for (;;) {
        AWAIT(weft_sleep(0.5));
        if (alive == ALL) {
            alive = 0;
            watchdog_feed();
            pulse(&fed);
        }
    }
    ASYNC_END;
}

/* [sampler] */
#define PERIOD weft_ticks_from(0.05)

static int sample;
static int samples_late;
static struct weft_event sampled;

struct sampler {
    struct weft_frame frame;
    weft_ticks next;
};

/* Each period begins where the last one should have: late wake-ups do not add
 * up. */
static async sampler(struct weft_frame *frame)
{
    ASYNC_BEGIN(sampler);
    self->next = weft_loop_ticks(&loop);
    for (;;) {
        self->next = weft_ticks_after(self->next, PERIOD);
        AWAIT(weft_sleep_ticks(
            weft_ticks_since(self->next, weft_loop_ticks(&loop))));
        if (weft_ticks_since(weft_loop_ticks(&loop), self->next) >= PERIOD) {
            samples_late++;
        }
        sample = sensor_read();
        alive |= SAMPLER;
        pulse(&sampled);
    }
    ASYNC_END;
}
/* [sampler] */

struct alarm {
    struct weft_frame frame;
    struct message message;
    bool is_on;
};

static async alarm(struct weft_frame *frame)
{
    ASYNC_BEGIN(alarm);
    for (;;) {
        AWAIT(weft_event_wait(&sampled));
        if (self->is_on != (sample >= 300)) {
            self->is_on = !self->is_on;
            AWAIT(say(&self->message, self->is_on ? "too warm" : "cool again",
                      sample));
        }
    }
    ASYNC_END;
}

/* [button] */
enum { AGREEING = 4 }; /* so many readings in a row are believed */

static bool is_pressed;

struct button {
    struct weft_frame frame;
    struct message message;
    bool level;
    unsigned char same;
};

static async button(struct weft_frame *frame)
{
    ASYNC_BEGIN(button);
    for (;;) {
        bool level;

        AWAIT(weft_sleep(0.005));
        level = button_read();
        if (level != self->level) {
            self->level = level;
            self->same = 0;
        }
        self->same++;
        alive |= BUTTON;
        if (self->same >= AGREEING) {
            self->same = AGREEING;
            if (level != is_pressed) {
                is_pressed = level;
                AWAIT(say(&self->message, level ? "pressed" : "released",
                          NO_NUMBER));
            }
        }
    }
    ASYNC_END;
}
/* [button] */

/* [blinker] */
static bool is_lit;
static bool has_pattern; /* the task below is started, and not released */

static void set_led(bool on)
{
    is_lit = on;
    board_led(on);
}

struct blinker {
    struct weft_frame frame;
    struct message message;
    int count; /* 0: for ever */
    int i;
};

static async blinker(struct weft_frame *frame)
{
    ASYNC_BEGIN(blinker);
    for (self->i = 0; self->count == 0 || self->i < self->count; self->i++) {
        set_led(true);
        AWAIT(weft_sleep(0.1));
        set_led(false);
        AWAIT(weft_sleep(0.1));
    }
    AWAIT(say(&self->message, "blinked", self->count));
    ASYNC_FINALLY
    set_led(false);
    if (frame->outcome == WEFT_ECANCELLED) {
        AWAIT(say(&self->message, "blinking was cancelled", NO_NUMBER));
    }
    ASYNC_END;
}

static struct weft_task blinker_task;
static struct blinker blinker_slot;

/* Cancel the pattern, if one is left, and wait for its end. */
struct no_pattern {
    struct weft_frame frame;
    struct weft_join join;
};

static async no_pattern(struct weft_frame *frame)
{
    ASYNC_BEGIN(no_pattern);
    if (has_pattern) {
        weft_task_cancel(&blinker_task);
        self->join.task = &blinker_task;
        AWAIT(weft_gather(&self->join, 1, WEFT_RETURN_ERRORS));
        weft_task_release(&blinker_task);
        has_pattern = false;
    }
    ASYNC_END;
}
/* [blinker] */

/* [reader] */
struct line {
    char text[20];
};

static struct line lines[2];
static struct weft_queue commands = WEFT_QUEUE(lines);

static unsigned char bytes[32];
static struct weft_isr_queue received = WEFT_ISR_QUEUE(bytes);

static void on_byte(unsigned char byte) /* in the interrupt */
{
    weft_isr_queue_put(&received, &byte);
}

struct reader {
    struct weft_frame frame;
    struct message message;
    struct line line;
    unsigned char length;
    unsigned char byte;
};

static async reader(struct weft_frame *frame)
{
    ASYNC_BEGIN(reader);
    for (;;) {
        AWAIT(weft_isr_queue_get(&received, &self->byte));
        if (self->byte != '\n') {
            if (self->length < sizeof self->line.text) {
                self->line.text[self->length++] = (char)self->byte;
            }
        } else if (self->length == sizeof self->line.text) {
            self->length = 0;
            AWAIT(say(&self->message, "too long", NO_NUMBER));
        } else {
            self->line.text[self->length] = '\0';
            self->length = 0;
            AWAIT(weft_queue_put(&commands, &self->line));
        }
    }
    ASYNC_END;
}
/* [reader] */

/* ---- Commands ---- */

/* What stands behind `word` and a blank, or "" for the word alone; NULL if the
 * line begins otherwise. */
static const char *after(const char *line, const char *word)
{
    while (*word != '\0' && *line == *word) {
        line++;
        word++;
    }
    if (*word != '\0' || (*line != '\0' && *line != ' ')) {
        return NULL;
    }
    return *line == ' ' ? line + 1 : line;
}

static bool is(const char *line, const char *command)
{
    const char *rest = after(line, command);

    return rest != NULL && *rest == '\0';
}

/* NO_NUMBER for what is none, and for more than four digits. */
static int number_in(const char *text)
{
    int number = *text != '\0' ? 0 : NO_NUMBER;

    for (int i = 0; text[i] != '\0'; i++) {
        if (i == 4 || text[i] < '0' || text[i] > '9') {
            return NO_NUMBER;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* What can be answered at once. */
static struct message answer(const char *line)
{
    const char *value = after(line, "sensor");

    if (is(line, "led?")) {
        return (struct message){"led", is_lit};
    }
    if (is(line, "button?")) {
        return (struct message){"button", is_pressed};
    }
    if (is(line, "late?")) {
        return (struct message){"late", samples_late};
    }
    if (is(line, "lost?")) {
        return (struct message){"lost", (int)weft_isr_queue_lost(&received)};
    }
    if (value != NULL && number_in(value) != NO_NUMBER) {
        sensor_show(number_in(value));
        return (struct message){"ok", NO_NUMBER};
    }
    return (struct message){"what?", NO_NUMBER};
}

/* The commands that take their time. */
enum verb { STOP, LED, PATTERN, LEVELS, SAMPLE, FED, OTHER };

static enum verb verb_of(const char *line, int *number)
{
    const char *rest = after(line, "pattern");

    if (rest != NULL) {
        *number = number_in(rest);
        return *number != NO_NUMBER ? PATTERN : OTHER;
    }
    rest = after(line, "led");
    if (rest != NULL) {
        *number = is(rest, "on");
        return *number || is(rest, "off") ? LED : OTHER;
    }
    rest = after(line, "button");
    if (rest != NULL && *rest != '\0') {
        button_show(rest);
        return LEVELS;
    }
    return is(line, "sample?")     ? SAMPLE
           : is(line, "watchdog?") ? FED
           : is(line, "stop")      ? STOP
                                   : OTHER;
}

/* [commander] */
struct commander {
    struct weft_frame frame;
    struct message message;
    struct line line;
    struct no_pattern no_pattern;
    int number;
    enum verb verb;
};

static async commander(struct weft_frame *frame)
{
    ASYNC_BEGIN(commander);
    AWAIT(say(&self->message, "ready", NO_NUMBER));
    do {
        AWAIT(weft_queue_get(&commands, &self->line));
        self->verb = verb_of(self->line.text, &self->number);
        self->message = (struct message){"ok", NO_NUMBER};
        if (self->verb == LED || self->verb == PATTERN) {
            AWAIT(CALL(&self->no_pattern, no_pattern));
        }
        if (self->verb == LED) {
            set_led(self->number);
        } else if (self->verb == PATTERN) {
            has_pattern = START(&blinker_task, &blinker_slot, blinker,
                                .count = self->number) == 0;
        } else if (self->verb == LEVELS) {
            while (!button_is_steady()) {
                AWAIT(weft_sleep(0.005));
            }
        } else if (self->verb == SAMPLE) {
            AWAIT(weft_event_wait(&sampled));
            self->message = (struct message){"sample", sample};
        } else if (self->verb == FED) {
            AWAIT(weft_event_wait(&fed));
            self->message = (struct message){"fed", NO_NUMBER};
        } else if (self->verb == STOP) {
            self->message = (struct message){"bye", NO_NUMBER};
        } else {
            self->message = answer(self->line.text);
        }
        AWAIT(weft_queue_put(&said, &self->message));
    } while (self->verb != STOP);
    ASYNC_END;
}
/* [commander] */

/* [main] */
enum { TASKS = 8 };

static struct weft_heap_place alarms[TASKS]; /* each may sleep */
static struct weft_task tasks[TASKS - 1];    /* and the blinker's */
static struct commander commander_slot;
static struct reader reader_slot;
static struct speaker speaker_slot;
static struct sampler sampler_slot;
static struct alarm alarm_slot;
static struct button button_slot;
static struct watchdog watchdog_slot;

/* A negative code stays negative, whatever is ORed to it. */
static int start_all(void)
{
    return START(&tasks[0], &commander_slot, commander) |
           START(&tasks[1], &reader_slot, reader) |
           START(&tasks[2], &speaker_slot, speaker) |
           START(&tasks[3], &sampler_slot, sampler) |
           START(&tasks[4], &alarm_slot, alarm) |
           START(&tasks[5], &button_slot, button) |
           START(&tasks[6], &watchdog_slot, watchdog);
}

int main(void)
{
    int status;

    weft_bare_init(&bare);
    weft_loop_init(&loop, &bare.driver);
    weft_loop_set_alarms(&loop, alarms, TASKS);
    board_open(on_byte);
    status = start_all();
    if (status == 0) {
        status = weft_loop_run_until_complete(&loop, &tasks[0]);
    }
    return status < 0;
}
/* [main] */
