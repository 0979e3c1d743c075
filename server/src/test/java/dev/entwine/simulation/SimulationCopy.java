package dev.entwine.simulation;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * The simulation and everything that it runs, compiled anew from the sources and loaded apart from the classes under test: its
 * loader sees the platform and nothing else of ours.
 */
final class SimulationCopy implements AutoCloseable {
    private static final Path SOURCES =
            Path.of(System.getProperty("entwine.root")).resolve("server/src");
    private static final Path ANNOTATIONS = locationOf(NullMarked.class);

    private final URLClassLoader loader;
    private final MethodHandle run;

    private SimulationCopy(List<Path> classes) throws IOException, ReflectiveOperationException {
        List<URL> urls = new ArrayList<>();
        for (Path path : classes) {
            urls.add(path.toUri().toURL());
        }
        loader = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        Class<?> simulation = loader.loadClass(Simulation.class.getName());
        run = MethodHandles.publicLookup()
                .findStatic(
                        simulation,
                        "run",
                        MethodType.methodType(String.class, long.class, int.class, String.class, boolean.class));
    }

    /** Compiles all sources as they stand into the folder. */
    static SimulationCopy faithful(Path folder) throws IOException, ReflectiveOperationException {
        List<JavaFileObject> sources = new ArrayList<>();
        for (String part : List.of(
                "main/java/dev/entwine/model", "main/java/dev/entwine/merge", "test/java/dev/entwine/simulation")) {
            try (Stream<Path> files = Files.list(SOURCES.resolve(part))) {
                files.filter(file -> file.toString().endsWith(".java")
                                && !file.toString().endsWith("Test.java"))
                        .sorted()
                        .forEach(file -> sources.add(new Source(file.toUri(), read(file))));
            }
        }
        compile(sources, folder, List.of(ANNOTATIONS));
        return of(folder);
    }

    /** Loads what was compiled into the folder. */
    static SimulationCopy of(Path folder) throws IOException, ReflectiveOperationException {
        return new SimulationCopy(List.of(folder, ANNOTATIONS));
    }

    /** Compiles only the source with the bug; the other classes are those of a faithful copy. */
    static SimulationCopy with(PlantedBug bug, Path faithful, Path folder)
            throws IOException, ReflectiveOperationException {
        Path inMain = SOURCES.resolve("main/java/dev/entwine").resolve(bug.file());
        Path file = Files.exists(inMain)
                ? inMain
                : SOURCES.resolve("test/java/dev/entwine").resolve(bug.file());
        JavaFileObject source = new Source(file.toUri(), bug.plantedIn(read(file)));
        compile(List.of(source), folder, List.of(faithful, ANNOTATIONS));
        return new SimulationCopy(List.of(folder, faithful, ANNOTATIONS));
    }

    /** As {@link Simulation#run}; what is thrown is a problem too. */
    @Nullable
    String run(long seed, int siteCount, String mode, boolean faults) {
        try {
            return (String) run.invokeExact(seed, siteCount, mode, faults);
        } catch (Throwable e) {
            return e + " at " + e.getStackTrace()[0];
        }
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }

    private static void compile(List<JavaFileObject> sources, Path folder, List<Path> classPath) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        List<String> options = List.of(
                "-d",
                folder.toString(),
                "--release",
                "21",
                "-proc:none",
                "-nowarn",
                "-classpath",
                String.join(
                        System.getProperty("path.separator"),
                        classPath.stream().map(Path::toString).toList()));
        if (!compiler.getTask(messages, null, null, options, null, sources).call()) {
            throw new IllegalStateException("the copy does not compile: " + messages);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path locationOf(Class<?> type) {
        return Path.of(URI.create(
                type.getProtectionDomain().getCodeSource().getLocation().toString()));
    }

    /** A source whose text does not come from its file. */
    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(URI file, String text) {
            super(file, Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
