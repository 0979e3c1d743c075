package dev.entwine.simulation;

/**
 * One replacement in a copy of the sources that makes the engine wrong.
 *
 * @param sentence what the wrong engine does
 * @param file     path below the folder {@code dev/entwine}
 * @param original occurs exactly once in the file
 */
record PlantedBug(String sentence, String file, String original, String replacement) {
    String plantedIn(String source) {
        int first = source.indexOf(original);
        if (first < 0 || source.indexOf(original, first + 1) >= 0) {
            throw new IllegalStateException(
                    "the bug '" + sentence + "' cannot be planted: " + file + " must hold exactly once: " + original);
        }
        return source.substring(0, first) + replacement + source.substring(first + original.length());
    }

    @Override
    public String toString() {
        return sentence;
    }
}
