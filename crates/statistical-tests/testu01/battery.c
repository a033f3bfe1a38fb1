/* A battery of TestU01 on the 32-bit little-endian words that come in on the standard input.
 * Usage: words raw | testu01-battery small|crush NAME */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <testu01/bbattery.h>
#include <testu01/swrite.h>
#include <testu01/unif01.h>

#define WORDS (1 << 18)

static unsigned int buffer[WORDS];
static size_t held, next;

static unsigned int word(void)
{
    if (next == held) {
        held = fread(buffer, sizeof buffer[0], WORDS, stdin);
        next = 0;
        if (held == 0) {
            fprintf(stderr, "the stream ended\n");
            exit(2);
        }
    }
    return buffer[next++];
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: %s small|crush NAME\n", arguments[0]);
        return 2;
    }
    unif01_Gen *generator = unif01_CreateExternGenBits(arguments[2], word);
    swrite_Basic = FALSE; /* the summary alone */
    if (strcmp(arguments[1], "crush") == 0)
        bbattery_Crush(generator);
    else
        bbattery_SmallCrush(generator);
    unif01_DeleteExternGenBits(generator);
    return 0;
}
