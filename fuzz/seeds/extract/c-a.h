typedef struct { double x; } Point, *PointRef;
typedef int (*compare_fn)(const void *a, const void *b);
enum color { RED, GREEN = 2 };
union value { int i; float f; };
char *(*handlers[4])(int code);
LIBRARY_API(const char *) version(void);
struct options { int level; };
static struct options defaults = { .level = 3 };
void (*install(int signal))(int);
#ifdef DEBUG
void dump(Point point);
#endif
