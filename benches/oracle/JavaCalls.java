/*
 * Calls of Java repositories, between them and inside, against javac.
 *
 *     qf index FOLDER/*
 *     qf export edges --kind calls --kind instantiates --kind references --min-tier likely > EDGES.jsonl
 *     java -Xmx8g JavaCalls.java FOLDER EDGES.jsonl [--jars FOLDER] [--only REPOSITORY] [--show N] [--out FILE]
 *
 * FOLDER holds the repositories under the names that they have in the index. Each is attributed by javac in
 * one go, its tests too, with the sources of all others on the source path and what --jars holds on the class
 * path. Other dependencies stay unknown, and with them what their types would say. At every call, creation and
 * method reference (for which a row of kind `references` will do) both are asked what is meant. They agree where
 * one of qf's rows for that line and name lies inside the compiler's declaration, so in the same overload; for a
 * constructor its class will do. They differ where qf names only others; rows of tier `dispatch` are additions
 * and never differ. Prints a table in Markdown; --show prints a sample of what is missed and what differs, --out
 * writes all of it.
 */

import com.sun.source.tree.*;
import com.sun.source.util.*;
import java.nio.charset.*;
import java.nio.file.*;
import java.util.*;
import java.util.regex.*;
import java.util.stream.*;
import javax.lang.model.element.*;
import javax.lang.model.type.*;
import javax.tools.*;

public class JavaCalls {
    record Row(String repository, String file, int line, String callee, String tier, String rule) {
        String name() { return callee.substring(callee.lastIndexOf('.') + 1); }
        @Override public String toString() { return "%s/%s:%d %s %s %s".formatted(repository, file, line, callee, tier, rule); }
    }
    /** Where the compiler has a declaration; a repository of "" is a library. */
    record Place(String repository, String file, long from, long to, String name) {
        boolean holds(Row row) { return row.repository.equals(repository) && row.file.equals(file) && from <= row.line && row.line <= to; }
        @Override public String toString() { return repository + "/" + file + ":" + from + " " + name; }
    }
    /** One use in the source: its form, what it names, what the compiler says (null: nothing), what means the same. */
    record Use(String form, String file, int line, Set<Integer> lines, String name, Place meant, List<Place> others) {
        boolean fits(Row row) { return meant != null && (meant.holds(row) || others.stream().anyMatch(it -> it.holds(row) && row.callee.contains(name))); }
    }
    static final Pattern FIELD = Pattern.compile("\"(\\w+)\":(?:\"((?:[^\"\\\\]|\\\\.)*)\"|(\\d+))");
    static final Pattern PACKAGE = Pattern.compile("(?m)^\\s*package\\s+([\\w.]+)\\s*;");
    static final Map<String, List<Row>> calls = new HashMap<>(), references = new HashMap<>();
    static final Map<String, int[]> counts = new TreeMap<>();
    static final List<String> examples = new ArrayList<>();
    static final String GENERATED = "(generated)", RESULTS[] = {"both", "missed", "differ", "unknown"};
    static Path folder;
    public static void main(String[] arguments) throws Exception {
        folder = Path.of(arguments[0]).toRealPath();
        Map<String, String> options = new HashMap<>();
        for (int at = 2; at + 1 < arguments.length; at += 2) options.put(arguments[at], arguments[at + 1]);
        try (Stream<String> lines = Files.lines(Path.of(arguments[1]))) { lines.forEach(JavaCalls::read); }
        List<Path> jars = options.containsKey("--jars") ? list(Path.of(options.get("--jars")), ".jar") : List.of();
        Map<String, List<Path>> files = new TreeMap<>(); Set<Path> roots = new TreeSet<>();
        for (Path path : list(folder, ".java")) {
            if (path.endsWith("module-info.java") || path.toString().contains("/java-templates/")) continue;
            files.computeIfAbsent(repository(path), it -> new ArrayList<>()).add(path);
            root(path).ifPresent(roots::add);
        }
        for (String repository : files.keySet()) {
            if (!options.getOrDefault("--only", repository).equals(repository)) continue;
            // Its own sources come first, then what others publish, then their tests.
            List<Path> sources = roots.stream().sorted(Comparator.comparing(root -> (root.startsWith(folder.resolve(repository)) ? 0 : 2) + (isTest(root) ? 1 : 0))).toList();
            attribute(repository, files.get(repository), sources, jars);
        }
        report();
        if (options.containsKey("--out")) Files.write(Path.of(options.get("--out")), examples);
        Collections.shuffle(examples, new Random(7));
        examples.stream().limit(Integer.parseInt(options.getOrDefault("--show", "0"))).forEach(it -> System.out.println(it.replace("\t", "\n    ")));
    }
    static void read(String json) {
        Map<String, String> row = new HashMap<>();
        FIELD.matcher(json).results().forEach(it -> row.put(it.group(1), it.group(2) != null ? it.group(2) : it.group(3)));
        Row it = new Row(row.get("callee_repo"), row.get("callee_file"), Integer.parseInt(row.get("callee_line")),
            row.get("callee"), row.get("tier"), row.get("rule"));
        String place = row.get("caller_repo") + "/" + row.get("caller_file") + ":" + row.get("line");
        if (!row.get("kind").equals("references")) calls.computeIfAbsent(place, at -> new ArrayList<>()).add(it);
        references.computeIfAbsent(place, at -> new ArrayList<>()).add(it);
    }
    static List<Path> list(Path folder, String ending) throws Exception {
        try (Stream<Path> paths = Files.walk(folder)) { return paths.filter(it -> it.toString().endsWith(ending)).filter(Files::isRegularFile).sorted().toList(); }
    }
    static String repository(Path path) { return folder.relativize(path).getName(0).toString(); }
    static String inside(Path path) { return folder.resolve(repository(path)).relativize(path).toString(); }
    static boolean isTest(Path root) { return inside(root).matches("(?i).*\\b(test|jmh|example)s?\\b.*"); }
    /** The folder above the packages, unless the file lies elsewhere than its package says. */
    static Optional<Path> root(Path path) throws Exception {
        Matcher named = PACKAGE.matcher(new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1));
        Path above = path.getParent(), names = named.find() ? Path.of(named.group(1).replace('.', '/')) : null;
        if (names == null || !above.endsWith(names)) return Optional.empty();
        return Optional.of(above.getRoot().resolve(above.subpath(0, above.getNameCount() - names.getNameCount())));
    }
    static void attribute(String repository, List<Path> files, List<Path> roots, List<Path> jars) throws Exception {
        var compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticListener<JavaFileObject> quiet = it -> {};
        StandardJavaFileManager manager = compiler.getStandardFileManager(quiet, null, StandardCharsets.UTF_8);
        manager.setLocationFromPaths(StandardLocation.SOURCE_PATH, roots);
        manager.setLocationFromPaths(StandardLocation.CLASS_PATH, jars);
        List<String> options = List.of("-proc:none", "-implicit:none", "-Xprefer:source", "-nowarn", "-XDshould-stop.ifError=FLOW");
        JavacTask task = (JavacTask) compiler.getTask(null, manager, quiet, options, null, manager.getJavaFileObjectsFromPaths(files));
        var units = task.parse();
        task.analyze();
        Uses scanner = new Uses();
        scanner.trees = Trees.instance(scanner.task = task);
        scanner.scan(units, null);
        judge(repository, scanner.uses);
    }
    static class Uses extends TreePathScanner<Void, Void> {
        CompilationUnitTree unit; JavacTask task; Trees trees; List<Use> uses = new ArrayList<>(); String file;
        @Override public Void visitCompilationUnit(CompilationUnitTree tree, Void nothing) {
            file = inside(Path.of((unit = tree).getSourceFile().toUri()));
            return super.visitCompilationUnit(tree, nothing);
        }
        int line(long position) { return (int) unit.getLineMap().getLineNumber(Math.max(0, position)); }
        long end(Tree tree) { return trees.getSourcePositions().getEndPosition(unit, tree); }
        @Override public Void visitMethodInvocation(MethodInvocationTree tree, Void nothing) {
            ExpressionTree called = tree.getMethodSelect();
            String name = called instanceof MemberSelectTree select ? select.getIdentifier().toString() : called.toString();
            if (!name.equals("this") && !name.equals("super")) add("call", tree, end(called) - name.length(), name, element(called), tree.getArguments());
            return super.visitMethodInvocation(tree, nothing);
        }
        @Override public Void visitNewClass(NewClassTree tree, Void nothing) {
            Tree named = tree.getIdentifier() instanceof ParameterizedTypeTree it ? it.getType() : tree.getIdentifier();
            String name = named.toString().replaceAll(".*[. ]", "");
            Element meant = /* the constructor of an anonymous class is its own */ tree.getClassBody() == null ? trees.getElement(getCurrentPath()) : element(named);
            add("new", tree, end(named) - name.length(), name, meant, tree.getArguments());
            return super.visitNewClass(tree, nothing);
        }
        @Override public Void visitMemberReference(MemberReferenceTree tree, Void nothing) {
            Element meant = trees.getElement(getCurrentPath());
            String owner = tree.getQualifierExpression().toString().replaceAll("<.*|\\[.*", "").replaceAll(".*[.]", "");
            String name = tree.getMode() == MemberReferenceTree.ReferenceMode.NEW ? owner : tree.getName().toString();
            add("reference", tree, end(tree) - 1, name, meant, List.of());
            return super.visitMemberReference(tree, nothing);
        }
        Element element(Tree tree) { return trees.getElement(new TreePath(getCurrentPath(), tree)); }
        TypeMirror type(Tree tree) { return trees.getTypeMirror(new TreePath(getCurrentPath(), tree)); }
        void add(String form, Tree tree, long at, String name, Element meant, List<? extends Tree> values) {
            // With a value whose type is missing, javac takes any overload.
            boolean known = meant != null && meant.asType().getKind() != TypeKind.ERROR && values.stream().noneMatch(it -> type(it) != null && type(it).getKind() == TypeKind.ERROR);
            List<Place> others = !known ? List.of() : meant.getKind() == ElementKind.CONSTRUCTOR ? List.of(place(meant.getEnclosingElement()))
                : tree instanceof MethodInvocationTree call && meant.getModifiers().contains(Modifier.ABSTRACT) ? twins(call, meant) : List.of();
            uses.add(new Use(form, file, line(at), new TreeSet<>(List.of(line(at), line(trees.getSourcePositions().getStartPosition(unit, tree)))), name, known ? place(meant) : null, others));
        }
        /** What the receiver inherits beside the method with the same parameters: of several interfaces javac names one. */
        List<Place> twins(MethodInvocationTree call, Element meant) {
            TypeMirror type = call.getMethodSelect() instanceof MemberSelectTree select ? type(select.getExpression()) : null;
            if (type == null || !(task.getTypes().asElement(type) instanceof TypeElement owner)) return List.of();
            String parameters = task.getTypes().erasure(meant.asType()).toString().replaceAll("\\).*", "");
            return task.getElements().getAllMembers(owner).stream().filter(it -> it != meant && it.getSimpleName().equals(meant.getSimpleName())
                && task.getTypes().erasure(it.asType()).toString().replaceAll("\\).*", "").equals(parameters)).map(this::place).toList();
        }
        Place place(Element element) {
            TreePath path = trees.getPath(element);
            String name = element.getEnclosingElement() + "." + element;
            // Accessors of records, values() of an enum and such are written nowhere: their class stands for them.
            SourcePositions positions = trees.getSourcePositions();
            CompilationUnitTree from = path == null ? null : path.getCompilationUnit();
            long start = path == null || path.getLeaf() == from ? -1 : positions.getStartPosition(from, path.getLeaf());
            if (start < 0) {
                if (!(element.getEnclosingElement() instanceof TypeElement type) || trees.getPath(type) == null) return new Place("", "", 0, 0, name);
                Place owner = place(type);
                return new Place(owner.repository, owner.file, owner.from, owner.to, GENERATED);
            }
            Path source = Path.of(from.getSourceFile().toUri());
            LineMap lines = from.getLineMap();
            return new Place(repository(source), inside(source), lines.getLineNumber(start), lines.getLineNumber(positions.getEndPosition(from, path.getLeaf())), name);
        }
    }
    static void judge(String repository, List<Use> uses) {
        Map<String, List<Use>> near = uses.stream().collect(Collectors.groupingBy(it -> it.file + ":" + it.name));
        for (Use use : uses) {
            Map<String, List<Row>> rows = use.form.equals("reference") ? references : calls;
            List<Row> ours = use.lines.stream().flatMap(line -> rows.getOrDefault(repository + "/" + use.file + ":" + line, List.of()).stream())
                .filter(row -> row.name().equals(use.name) || List.of("<init>", "constructor").contains(row.name())).distinct().toList();
            List<Row> wrong = /* but for rows that fit another use of the name on the line */  ours.stream().filter(row -> !row.tier.equals("dispatch") && near.get(use.file + ":" + use.name).stream()
                .noneMatch(it -> it.lines.stream().anyMatch(use.lines::contains) && it.fits(row))).toList();
            boolean here = use.meant != null && !use.meant.repository.isEmpty(), found = ours.stream().anyMatch(use::fits);
            if (here ? use.meant.name == GENERATED && use.others.isEmpty() : found || wrong.isEmpty()) continue;
            int result = here ? found ? 0 : wrong.isEmpty() ? 1 : 2 : use.meant == null ? 3 : 2;
            counts.computeIfAbsent(repository + " → " + (here ? use.meant.repository : wrong.get(0).repository), it -> new int[4])[result]++;
            if (result == 1 || result == 2) examples.add(String.join("\t", RESULTS[result], use.form, repository + "/" + use.file + ":" + use.line,
                use.name, use.meant.toString(), wrong.toString()));
        }
    }
    static void report() {
        int[] across = new int[4], within = new int[4];
        for (int at = 0; at < 4; at++) for (var it : counts.entrySet()) (it.getKey().matches("(.*) → \\1") ? within : across)[at] += it.getValue()[at];
        System.out.println("| from → to | both have it | only the compiler | they differ | the compiler does not know | recall | agreement |\n|---|---|---|---|---|---|---|");
        counts.entrySet().stream().sorted(Comparator.comparing(it -> -IntStream.of(it.getValue()).sum())).forEach(it -> print(it.getKey(), it.getValue()));
        print("all between repositories", across); print("all inside repositories", within);
    }
    static void print(String title, int[] it) {
        System.out.printf("| %s | %d | %d | %d | %d | %.3f | %.3f |%n", title, it[0], it[1], it[2], it[3],
            it[0] / Math.max(1.0, it[0] + it[1] + it[2]), it[0] / Math.max(1.0, it[0] + it[2]));
    }
}
