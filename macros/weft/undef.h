/* macros/weft/undef.h - take the short words away again.
 *
 * Include it after the last coroutine of a file, or wherever AWAIT, YIELD,
 * CALL, SPAWN or START mean something else. The long spellings (ASYNC_AWAIT,
 * ...) stay. `async` is a typedef: members, parameters and locals may have
 * that name at any time; a file that needs it for something of its own at file
 * scope defines WEFT_NO_SHORT_NAMES instead. This header has no include guard:
 * it may be needed again after a header that brought the words back.
 */
#undef AWAIT
#undef YIELD
#undef CALL
#undef SPAWN
#undef START
