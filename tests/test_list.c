/* test_list.c - what the intrusive list promises. */
#include "check.h"

struct item {
    int id;
    struct weft_node node;
};

static struct item items[4];
static struct weft_list list, other;

static void reset(void)
{
    memset(items, 0, sizeof items);
    memset(&list, 0, sizeof list);
    memset(&other, 0, sizeof other);
    for (int i = 0; i < 4; i++) {
        items[i].id = i;
    }
}

static void push(struct weft_list *to, int id)
{
    weft_list_push(to, &items[id].node);
}

static int id_of(struct weft_node *node)
{
    return node == NULL ? -1 : WEFT_OWNER(node, struct item, node)->id;
}

/* Walk it both ways: the links must agree. */
static void trace_list(const struct weft_list *of)
{
    const struct weft_node *before = &of->head;
    struct weft_node *node;

    for (node = weft_list_first(of); node != NULL;
         node = weft_list_next(of, node)) {
        CHECK(node->prev == before);
        CHECK(weft_node_is_linked(node));
        trace("%d", id_of(node));
        before = node;
    }
    CHECK(of->head.next == NULL || of->head.prev == before);
}

static void zero_is_an_empty_list(void)
{
    reset();
    CHECK(weft_list_is_empty(&list));
    CHECK(weft_list_first(&list) == NULL);
    CHECK(weft_list_pop(&list) == NULL);
    CHECK(!weft_node_is_linked(&items[0].node));
}

static void nodes_come_out_as_they_went_in(void)
{
    reset();
    push(&list, 2);
    push(&list, 0);
    push(&list, 1);
    CHECK_INT(id_of(weft_list_first(&list)), 2);
    trace_list(&list);
    CHECK_TRACE("2, 0, 1");
    CHECK_INT(id_of(weft_list_pop(&list)), 2);
    CHECK(!weft_node_is_linked(&items[2].node));
    CHECK_INT(id_of(weft_list_pop(&list)), 0);
    CHECK_INT(id_of(weft_list_pop(&list)), 1);
    CHECK(weft_list_pop(&list) == NULL);
    CHECK(weft_list_is_empty(&list));
}

static void an_emptied_list_can_be_used_again(void)
{
    reset();
    push(&list, 0);
    CHECK_INT(id_of(weft_list_pop(&list)), 0);
    push(&list, 1);
    push(&list, 0);
    trace_list(&list);
    CHECK_TRACE("1, 0");
}

static void a_node_leaves_from_any_place(void)
{
    static const char *const rest[] = {"1, 2", "0, 2", "0, 1"};

    for (int gone = 0; gone < 3; gone++) {
        reset();
        for (int i = 0; i < 3; i++) {
            push(&list, i);
        }
        weft_node_unlink(&items[gone].node);
        CHECK(!weft_node_is_linked(&items[gone].node));
        trace_list(&list);
        CHECK_TRACE(rest[gone]);
    }
}

static void unlinking_twice_is_harmless(void)
{
    reset();
    weft_node_unlink(&items[3].node);
    push(&list, 0);
    push(&list, 1);
    weft_node_unlink(&items[0].node);
    weft_node_unlink(&items[0].node);
    trace_list(&list);
    CHECK_TRACE("1");
    weft_node_unlink(&items[1].node);
    CHECK(weft_list_is_empty(&list));
}

static void splice_appends_in_order_and_empties_its_source(void)
{
    reset();
    push(&list, 0);
    push(&other, 1);
    push(&other, 2);
    weft_list_splice(&list, &other);
    CHECK(weft_list_is_empty(&other));
    trace_list(&list);
    CHECK_TRACE("0, 1, 2");
    push(&other, 3);
    trace_list(&other);
    CHECK_TRACE("3");
}

static void splice_works_with_unused_lists(void)
{
    reset();
    weft_list_splice(&list, &other);
    CHECK(weft_list_is_empty(&list));
    push(&other, 1);
    weft_list_splice(&list, &other);
    trace_list(&list);
    CHECK_TRACE("1");
    weft_list_splice(&list, &other);
    trace_list(&list);
    CHECK_TRACE("1");
}

/* What a primitive does while it wakes: pop, and let the owner push again. */
static void popping_until_empty_allows_pushing_elsewhere(void)
{
    struct weft_node *node;

    reset();
    for (int i = 0; i < 4; i++) {
        push(&list, i);
    }
    while ((node = weft_list_pop(&list)) != NULL) {
        weft_list_push(&other, node);
    }
    trace_list(&other);
    CHECK_TRACE("0, 1, 2, 3");
}

#define TESTS(X)                                      \
    X(zero_is_an_empty_list)                          \
    X(nodes_come_out_as_they_went_in)                 \
    X(an_emptied_list_can_be_used_again)              \
    X(a_node_leaves_from_any_place)                   \
    X(unlinking_twice_is_harmless)                    \
    X(splice_appends_in_order_and_empties_its_source) \
    X(splice_works_with_unused_lists)                 \
    X(popping_until_empty_allows_pushing_elsewhere)
TEST_MAIN(TESTS)
