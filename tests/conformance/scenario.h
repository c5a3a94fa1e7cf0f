/* scenario.h - read a scenario. See scenario.py for what it looks like. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "play.h"

static void complain(int line, const char *what, const char *word)
{
    fprintf(stderr, "line %d: %s %s\n", line, what, word);
    exit(2);
}

static struct actor *find_actor(const char *name)
{
    for (int i = 0; i < play.actor_count; i++) {
        if (strcmp(play.actors[i]->name, name) == 0) {
            return play.actors[i];
        }
    }
    return NULL;
}

static struct object *find_object(const char *name)
{
    struct object *object = play.objects;

    while (object != NULL && strcmp(object->name, name) != 0) {
        object = object->next;
    }
    return object;
}

static void copy_word(char *to, size_t size, const char *word)
{
    snprintf(to, size, "%.*s", (int)size - 1, word);
}

/* Four items each are equal, so that the order of equal ones is seen. */
static int compare_priorities(const void *a, const void *b)
{
    return *(const int *)a / 4 - *(const int *)b / 4;
}

static void read_object(const char *kind, const char *name, const char *word)
{
    struct object *object = arena_take(sizeof *object);
    int number = word != NULL ? atoi(word) : 0;

    copy_word(object->name, sizeof object->name, name);
    weft_queue_init(&object->queue, sizeof(int), (size_t)number);
    object->queue.compare = compare_priorities;
    object->queue.order = strcmp(kind, "lifo") == 0       ? WEFT_QUEUE_LIFO
                          : strcmp(kind, "priority") == 0 ? WEFT_QUEUE_PRIORITY
                                                          : WEFT_QUEUE_FIFO;
    object->condition.lock = &object->lock;
    object->is_semaphore = strcmp(kind, "semaphore") == 0;
    if (object->is_semaphore) {
        weft_semaphore_init(&object->semaphore, number);
    } else if (strcmp(kind, "bounded") == 0) {
        object->is_semaphore = true;
        weft_bounded_semaphore_init(&object->semaphore, number);
    } else if (strcmp(kind, "barrier") == 0) {
        weft_barrier_init(&object->barrier, (size_t)number);
    }
    object->next = play.objects;
    play.objects = object;
}

/* Tasks are known by name before their turn comes to be read. */
static void read_actors(const char *text)
{
    while (text != NULL) {
        char name[16];
        char later[16] = "";

        if (sscanf(text, "task %15s%*[ ]%15[a-z]", name, later) >= 1) {
            struct actor *new = arena_take(sizeof *new);

            if (play.actor_count == MOST_TASKS) {
                complain(0, "too many tasks:", name);
            }
            copy_word(new->name, sizeof new->name, name);
            new->later = strcmp(later, "later") == 0;
            play.actors[play.actor_count++] = new;
        }
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
}

/* What stands behind the verb: an object, tasks, a number, a word. */
static void read_argument(struct step *step, const char *word)
{
    struct object *object = find_object(word);
    struct actor *other = find_actor(word);

    if (object != NULL) {
        step->object = object;
    } else if (other != NULL && step->other_count < MOST_TASKS) {
        step->others[step->other_count++] = other;
    } else if (word[0] == '-' || (word[0] >= '0' && word[0] <= '9')) {
        step->number = atoi(word);
    } else {
        copy_word(step->word, sizeof step->word, word);
    }
}

static struct step *read_step(int line, char *word)
{
    struct step *step = arena_take(sizeof *step);

    step->line = line;
    if (strcmp(word, "limit") == 0) {
        step->is_limited = true;
        word = strtok(NULL, " ");
        step->limit = atoi(word != NULL ? word : "");
        word = strtok(NULL, " ");
    }
    step->verb = word != NULL ? find_verb(word) : NULL;
    if (step->verb == NULL) {
        complain(line, "no verb", word != NULL ? word : "");
    }
    while ((word = strtok(NULL, " ")) != NULL) {
        read_argument(step, word);
    }
    return step;
}

/* Where the next step goes. */
struct place {
    struct actor *actor;
    struct step *parent;
    bool in_handler;
    struct step **end;
};

/* The words that divide and end a block; false if it is none of them. */
static bool read_division(struct place *place, const char *word)
{
    struct step *block = place->parent;

    if (strcmp(word, "from") == 0) {
        place->end = &block->handler;
    } else if (strcmp(word, "except") == 0 || strcmp(word, "except_all") == 0) {
        block->catches = true;
        block->catches_all = word[6] != '\0';
        place->in_handler = true;
        place->end = &block->handler;
    } else if (strcmp(word, "finally") == 0) {
        block->has_final = true;
        place->in_handler = false;
        place->end = &block->final;
    } else if (strcmp(word, "end") == 0) {
        place->parent = block->parent;
        place->in_handler = block->in_handler;
        place->end = &block->next;
    } else {
        return false;
    }
    return true;
}

static void read_line(struct place *place, int number, char *word)
{
    struct step *step;

    if (strcmp(word, "task") == 0) {
        place->actor = find_actor(strtok(NULL, " "));
        place->parent = NULL;
        place->in_handler = false;
        place->end = &place->actor->body;
        return;
    }
    if (place->actor == NULL) {
        char *name = strtok(NULL, " ");

        read_object(word, name, strtok(NULL, " "));
        return;
    }
    if (place->parent != NULL && read_division(place, word)) {
        return;
    }
    step = read_step(number, word);
    step->actor = place->actor;
    step->parent = place->parent;
    step->in_handler = place->in_handler;
    *place->end = step;
    place->end = &step->next;
    if (step->verb->is_block) {
        place->parent = step;
        place->in_handler = false;
        place->end = &step->body;
    }
}

static void read_scenario(char *text)
{
    struct place place = {0};

    read_actors(text);
    for (int number = 1; text != NULL; number++) {
        char *end = strchr(text, '\n');
        char *comment;
        char *word;

        if (end != NULL) {
            *end++ = '\0';
        }
        comment = strchr(text, '#');
        if (comment != NULL) {
            *comment = '\0';
        }
        word = strtok(text, " ");
        if (word != NULL) {
            read_line(&place, number, word);
        }
        text = end;
    }
}

#endif /* SCENARIO_H */
