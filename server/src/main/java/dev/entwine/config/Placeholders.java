package dev.entwine.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces {@code ${env:NAME}} by an environment variable and {@code ${file:PATH}} by a file's text without its final line break;
 * {@code $$} stands for one dollar sign. What was put in is not searched again. Relative paths start at the configuration file.
 */
final class Placeholders {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\$|\\$\\{([^}]*)}?");
    /** A secret is short; a larger file is a wrong path. */
    private static final long FILE_BYTES_MAX = 64 * 1024;

    private final Path directory;
    private final Map<String, String> environment;

    Placeholders(Path directory, Map<String, String> environment) {
        this.directory = directory;
        this.environment = environment;
    }

    Path directory() {
        return directory;
    }

    /** @throws UnresolvedException with a message for the user that holds no value */
    String expand(String text) throws UnresolvedException {
        Matcher matcher = PLACEHOLDER.matcher(text);
        StringBuilder result = new StringBuilder();
        while (matcher.find()) {
            String value = matcher.group().equals("$$") ? "$" : value(matcher.group());
            matcher.appendReplacement(result, Matcher.quoteReplacement(value));
        }
        matcher.appendTail(result);
        return result.toString();
    }

    private String value(String placeholder) throws UnresolvedException {
        if (!placeholder.endsWith("}")) {
            throw new UnresolvedException("'${' has no closing '}' (write $${ for the characters themselves)");
        }
        String inner = placeholder.substring(2, placeholder.length() - 1);
        if (inner.startsWith("env:")) {
            return variable(inner.substring("env:".length()));
        }
        if (inner.startsWith("file:")) {
            return content(inner.substring("file:".length()));
        }
        throw new UnresolvedException(
                "unknown placeholder " + placeholder + "; allowed are ${env:NAME} and ${file:PATH}");
    }

    private String variable(String name) throws UnresolvedException {
        String value = environment.get(name);
        if (value == null) {
            throw new UnresolvedException(
                    "environment variable " + name + " is not set; export it, or use ${file:PATH}");
        }
        return value;
    }

    private String content(String name) throws UnresolvedException {
        Path path = directory.resolve(name);
        try {
            if (Files.size(path) > FILE_BYTES_MAX) {
                throw new UnresolvedException("file " + path + " holds more than " + FILE_BYTES_MAX + " bytes");
            }
            return Files.readString(path).replaceFirst("\\R\\z", "");
        } catch (NoSuchFileException e) {
            throw new UnresolvedException("file " + path + " does not exist");
        } catch (CharacterCodingException e) {
            throw new UnresolvedException("file " + path + " is not UTF-8 text");
        } catch (IOException e) {
            throw new UnresolvedException("file " + path + " cannot be read ("
                    + e.getClass().getSimpleName() + "); this process runs as " + System.getProperty("user.name"));
        }
    }

    /** A placeholder without a value. */
    static final class UnresolvedException extends Exception {
        private final String what;

        UnresolvedException(String what) {
            super(what);
            this.what = what;
        }

        String what() {
            return what;
        }
    }
}
