#include <stdlib.h>
#include "ledger.h"

#define MAX_ENTRIES 64
#define SQUARE(x) (multiply((x), (x)) + sizeof(x))

/* One line of the ledger. */
typedef struct entry {
    struct entry *next;
    int amount, count;
    void (*on_change)(int amount);
} entry;

static entry *head = NULL;
extern int errors;

int ledger_total(const entry *first);

/** Doubles an amount. */
static int twice(int amount) { return amount * 2; }

entry *ledger_add(int amount)
{
    entry *item = (entry *)malloc(sizeof(entry)), *last;
    if (item == NULL) {
        return NULL;
    }
    item->amount = twice(amount);
    item->next->count += 2;
    item->on_change(SQUARE(3));
    head = item;
    for (int i = 0; i < amount; i++) {
        last = item;
        errors++;
    }
    qsort(item, 1, sizeof(entry), compare_entries);
    return item;
}
