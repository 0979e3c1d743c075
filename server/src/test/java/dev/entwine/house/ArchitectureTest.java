package dev.entwine.house;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package may use which, and which library belongs to whom. A package that is not in the table may not exist. */
final class ArchitectureTest {
    private static final String BASE = "dev.entwine.";

    /** Data goes one way. A row names everything of ours that a package and those below it may import, itself aside. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("model", Set.of()),
            Map.entry("merge", Set.of("model")),
            Map.entry("db", Set.of("model")),
            Map.entry("forecast", Set.of("model")),
            Map.entry("config", Set.of("model", "db")),
            Map.entry("capture", Set.of("model", "db")),
            Map.entry("carrier", Set.of("model", "merge")),
            Map.entry("fault", Set.of()),
            Map.entry("apply", Set.of("model", "merge", "db", "carrier", "fault")),
            Map.entry("verify", Set.of("model", "db")),
            Map.entry("snapshot", Set.of("model", "db", "config", "verify", "fault")),
            Map.entry("journal", Set.of("model", "db")),
            Map.entry("handler", Set.of()),
            Map.entry("policy", Set.of("model", "merge", "db", "config", "handler")),
            Map.entry(
                    "engine",
                    Set.of(
                            "model",
                            "merge",
                            "db",
                            "config",
                            "capture",
                            "carrier",
                            "apply",
                            "snapshot",
                            "verify",
                            "journal",
                            "policy",
                            "fault",
                            "forecast")),
            Map.entry("demo", Set.of("model", "db", "embedded")),
            Map.entry("console", Set.of("model", "db", "config", "journal", "engine")),
            Map.entry(
                    "cli",
                    Set.of(
                            "model",
                            "merge",
                            "db",
                            "config",
                            "capture",
                            "carrier",
                            "apply",
                            "snapshot",
                            "verify",
                            "journal",
                            "policy",
                            "forecast",
                            "engine",
                            "demo",
                            "console",
                            "embedded")));

    /** A library, and the packages that may know it. */
    private static final Map<String, Set<String>> LIBRARIES = Map.of(
            "picocli..", Set.of("cli"),
            "dev.cel..", Set.of("policy"),
            "com.google..", Set.of("policy"),
            "org.postgresql.replication..", Set.of("capture"),
            "org.postgresql.copy..", Set.of("snapshot", "apply"),
            "org.snakeyaml..", Set.of("config"),
            "org.eclipse.jetty..", Set.of("console"),
            "tools.jackson..", Set.of("cli", "db", "apply", "journal", "engine", "console"),
            "java.sql..",
                    Set.of(
                            "db",
                            "capture",
                            "apply",
                            "snapshot",
                            "verify",
                            "journal",
                            "engine",
                            "demo",
                            "cli",
                            "policy",
                            "handler"));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.entwine.model", "dev.entwine")
            .that(not(resideInAnyPackage("dev.entwine.embedded..", "dev.entwine.testkit..")));

    @Test
    void enough_classes_are_seen_and_every_package_has_its_row() {
        assertThat(CLASSES.size()).as("classes of the product").isGreaterThan(120);
        Set<String> packages = new TreeSet<>();
        CLASSES.forEach(found -> packages.add(packageOf(found)));
        assertThat(MAY_USE.keySet()).containsAll(packages);
        assertThat(packages).contains("model", "db", "config", "capture", "snapshot", "verify", "journal", "cli");
    }

    @Test
    void packages_use_only_what_their_row_names() {
        Map<String, String> wrong = new TreeMap<>();
        for (JavaClass from : CLASSES) {
            from.getDirectDependenciesFromSelf().forEach(dependency -> {
                JavaClass to = dependency.getTargetClass().getBaseComponentType();
                if (!to.getPackageName().startsWith(BASE) || packageOf(to).equals(packageOf(from))) {
                    return;
                }
                if (!MAY_USE.getOrDefault(packageOf(from), Set.of()).contains(packageOf(to))) {
                    wrong.put(packageOf(from) + " uses " + packageOf(to), dependency.getDescription());
                }
            });
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void packages_have_no_cycles() {
        slices().matching("dev.entwine.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    static List<String> libraries() {
        return LIBRARIES.keySet().stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void a_library_stays_where_it_belongs(String library) {
        List<String> elsewhere = new ArrayList<>(MAY_USE.keySet());
        elsewhere.removeAll(LIBRARIES.getOrDefault(library, Set.of()));
        noClasses()
                .that()
                .resideInAnyPackage(
                        elsewhere.stream().map(name -> BASE + name + "..").toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(CLASSES);
    }

    @Test
    void the_replication_protocol_is_known_to_one_package() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.entwine.capture.postgres..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.postgresql.replication..")
                .check(CLASSES);
    }

    @Test
    void what_decides_knows_no_clock_thread_logger_or_disk() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.entwine.merge..", "dev.entwine.model..")
                .should()
                .dependOnClassesThat(belongToAnyOf(Thread.class, java.time.Clock.class, java.util.Random.class)
                        .or(resideInAnyPackage(
                                "java.util.concurrent..", "org.slf4j..", "java.io..", "java.nio.file..", "java.net..")))
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void standard_streams_belong_to_the_command_line() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.entwine.cli..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(System.class, "exit", int.class)
                .check(CLASSES);
    }

    private static String packageOf(JavaClass found) {
        String rest = found.getPackageName().substring(BASE.length());
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }
}
