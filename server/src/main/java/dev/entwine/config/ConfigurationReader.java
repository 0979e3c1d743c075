package dev.entwine.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Binds the nodes of one file to {@link Configuration}. Used once, by one thread. */
final class ConfigurationReader {
    private static final List<String> TOP = List.of("sites", "tables", "guards", "console", "notify", "engine");
    private static final long FILE_BYTES_MAX = 4 * 1024 * 1024;

    private final Path file;
    private final Problems problems;
    private final Placeholders placeholders;

    ConfigurationReader(Path file, Map<String, String> environment) {
        this.file = file;
        this.problems = new Problems(file.toString());
        Path directory = file.toAbsolutePath().getParent();
        this.placeholders = new Placeholders(directory == null ? Path.of("") : directory, environment);
    }

    Configuration read() throws ConfigurationException {
        Optional<Section> top = compose(text()).flatMap(node -> Section.of("", node, problems, placeholders));
        problems.throwIfAny();
        Section section = top.orElseThrow();
        section.allowOnly(TOP, List.of());
        Configuration configuration = new Configuration(
                sites(section),
                rules(section),
                section.section("guards").map(GuardReader::read).orElse(GuardSettings.NONE),
                console(section),
                notice(section),
                engine(section));
        problems.throwIfAny();
        return configuration;
    }

    private String text() throws ConfigurationException {
        try {
            if (Files.isDirectory(file)) {
                problems.add(Optional.empty(), "is a directory; name a configuration file");
            } else if (Files.size(file) > FILE_BYTES_MAX) {
                problems.add(Optional.empty(), "is larger than " + FILE_BYTES_MAX + " bytes; is it a configuration?");
            } else {
                return Files.readString(file);
            }
        } catch (CharacterCodingException e) {
            problems.add(Optional.empty(), "is not UTF-8 text");
        } catch (IOException e) {
            problems.add(
                    Optional.empty(),
                    Files.exists(file)
                            ? "cannot be read by " + System.getProperty("user.name")
                            : "there is no such file");
        }
        problems.throwIfAny();
        throw new IllegalStateException("an unreadable file is always reported");
    }

    /** The parser's own text with its snippet is not used: the snippet may show a password. */
    private Optional<Node> compose(String text) {
        try {
            Optional<Node> node =
                    new Compose(LoadSettings.builder().setLabel(file.toString()).build()).composeString(text);
            if (node.isEmpty()) {
                problems.add(Optional.empty(), "is empty; it needs at least the keys sites and tables");
            }
            return node;
        } catch (MarkedYamlEngineException e) {
            problems.add(e.getProblemMark(), "not valid YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            problems.add(Optional.empty(), "not valid YAML (" + e.getClass().getSimpleName() + ")");
        }
        return Optional.empty();
    }

    private List<SiteSettings> sites(Section top) {
        List<SiteSettings> result = new ArrayList<>();
        if (top.value("sites").isEmpty()) {
            top.required("sites");
            return result;
        }
        top.section("sites").ifPresent(sites -> {
            for (String name : sites.names()) {
                sites.section(name)
                        .flatMap(section -> new SiteReader(section, sites, name, placeholders.directory()).read())
                        .ifPresent(result::add);
            }
            if (sites.names().size() < 2) {
                problems.add(
                        top.key("sites"),
                        "sites: at least two sites are needed, " + sites.names().size() + " found");
            }
        });
        return result;
    }

    private List<TableRule> rules(Section top) {
        List<TableRule> result = new ArrayList<>();
        Optional<Node> tables = top.value("tables");
        if (tables.isEmpty()) {
            top.required("tables");
        } else if (tables.get() instanceof SequenceNode list) {
            for (int i = 0; i < list.getValue().size(); i++) {
                Section.of("tables[" + i + "]", list.getValue().get(i), problems, placeholders)
                        .ifPresent(section -> result.addAll(new RuleReader(section, problems).read()));
            }
            if (list.getValue().isEmpty()) {
                problems.add(list, "tables: at least one rule is needed, such as '- match: public.*'");
            }
        } else {
            problems.add(
                    tables.get(),
                    "tables must be a list of rules, each beginning with '- match:', not "
                            + Section.kind(tables.get()));
        }
        return result;
    }

    private ConsoleSettings console(Section top) {
        return top.section("console").map(ConsoleReader::read).orElse(ConsoleSettings.DEFAULT);
    }

    private NotifySettings notice(Section top) {
        return top.section("notify").map(NotifyReader::read).orElse(NotifySettings.NOBODY);
    }

    private EngineSettings engine(Section top) {
        return top.section("engine")
                .map(section -> EngineReader.read(section, placeholders.directory()))
                .orElse(EngineSettings.DEFAULT);
    }
}
