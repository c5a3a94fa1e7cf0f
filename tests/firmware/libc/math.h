/* math.h - numbers, and what is none. */
#ifndef LIBC_MATH_H
#define LIBC_MATH_H

#define NAN __builtin_nan("")
#define INFINITY __builtin_inff()
#define isnan(number) __builtin_isnan(number)
#define isinf(number) __builtin_isinf(number)
#define fabs(number) __builtin_fabs(number)

#endif /* LIBC_MATH_H */
