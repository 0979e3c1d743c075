package dev.entwine.policy;

import dev.entwine.merge.IdHolder;
import java.util.function.UnaryOperator;

/** The values that hold several ids, in the server's text form. Whatever is not an id in its place stays as it is, byte for byte. */
enum IdText implements IdHolder {
    /** The elements of an array, of any dimensions. */
    ARRAY(Find.OVERLAP) {
        @Override
        public String replaced(String text, UnaryOperator<String> ids) {
            StringBuilder result = new StringBuilder(text.length());
            int from = text.indexOf('=') + 1; // bounds of its own stand before it
            result.append(text, 0, from);
            for (int at = from; at < text.length(); ) {
                int end = "{},".indexOf(text.charAt(at)) >= 0 ? at + 1 : tokenEnd(text, at, "{},");
                String token = text.substring(at, end);
                result.append(isMark(token) || token.equals("NULL") ? token : replacedToken(token, ids));
                at = end;
            }
            return result.toString();
        }
    },
    /** The keys of an hstore. */
    HSTORE_KEYS(Find.KEY) {
        @Override
        public String replaced(String text, UnaryOperator<String> ids) {
            return pairs(text, ids, true);
        }
    },
    /** The values of an hstore. */
    HSTORE_VALUES(Find.EACH) {
        @Override
        public String replaced(String text, UnaryOperator<String> ids) {
            return pairs(text, ids, false);
        }
    },
    /** The keys of a JSON object. */
    JSON_KEYS(Find.EACH) {
        @Override
        public String replaced(String text, UnaryOperator<String> ids) {
            return json(text, ids, '{', true);
        }
    },
    /** The values of a JSON object that are texts or numbers. */
    JSON_VALUES(Find.EACH) {
        @Override
        public String replaced(String text, UnaryOperator<String> ids) {
            return json(text, ids, '{', false);
        }
    },
    /** The elements of a JSON array that are texts or numbers. */
    JSON_ELEMENTS(Find.EACH) {
        @Override
        public String replaced(String text, UnaryOperator<String> ids) {
            return json(text, ids, '[', false);
        }
    };

    private final Find find;

    IdText(Find find) {
        this.find = find;
    }

    @Override
    public Find find() {
        return find;
    }

    private static boolean isMark(String token) {
        return token.equals("{") || token.equals("}") || token.equals(",");
    }

    /** Behind a text in quotes, or behind a word that ends before one of the marks. */
    private static int tokenEnd(String text, int from, String marks) {
        boolean quoted = text.charAt(from) == '"';
        for (int at = from + 1; at < text.length(); at++) {
            char c = text.charAt(at);
            if (quoted && c == '\\') {
                at++;
            } else if (quoted && c == '"') {
                return at + 1;
            } else if (!quoted && marks.indexOf(c) >= 0) {
                return at;
            }
        }
        return text.length();
    }

    private static String replacedToken(String token, UnaryOperator<String> ids) {
        boolean quoted = token.length() > 1 && token.charAt(0) == '"';
        String id = quoted ? token.substring(1, token.length() - 1) : token;
        if (id.indexOf('\\') >= 0) {
            return token; // no id has anything that must be escaped
        }
        String now = ids.apply(id);
        return now.equals(id) ? token : quoted ? '"' + now + '"' : now;
    }

    /** {@code "key"=>"value", "key"=>NULL}. */
    private static String pairs(String text, UnaryOperator<String> ids, boolean keys) {
        StringBuilder result = new StringBuilder(text.length());
        for (int at = 0; at < text.length(); ) {
            char c = text.charAt(at);
            if (c != '"') {
                result.append(c);
                at++;
                continue;
            }
            int end = tokenEnd(text, at, "");
            String token = text.substring(at, end);
            boolean isKey = text.startsWith("=>", end);
            result.append(isKey == keys ? replacedToken(token, ids) : token);
            at = end;
        }
        return result.toString();
    }

    /** @param opening of the outermost value; another one is left as it is */
    private static String json(String text, UnaryOperator<String> ids, char opening, boolean keys) {
        StringBuilder result = new StringBuilder(text.length());
        String start = text.stripLeading();
        if (start.isEmpty() || start.charAt(0) != opening) {
            return text;
        }
        int depth = 0;
        for (int at = 0; at < text.length(); ) {
            char c = text.charAt(at);
            if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
            }
            if (c != '"' && c != '-' && !Character.isDigit(c)) {
                result.append(c);
                at++;
                continue;
            }
            int end = tokenEnd(text, at, ",:]} \n\r\t");
            String token = text.substring(at, end);
            boolean isKey = isBefore(text, end, ':');
            result.append(depth == 1 && isKey == keys ? replacedToken(token, ids) : token);
            at = end;
        }
        return result.toString();
    }

    /** Whether the mark comes next, blanks aside. */
    private static boolean isBefore(String text, int from, char mark) {
        int at = from;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at < text.length() && text.charAt(at) == mark;
    }
}
