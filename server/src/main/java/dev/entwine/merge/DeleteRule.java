package dev.entwine.merge;

/** What counts where one version is a delete and another is not. */
public enum DeleteRule {
    /** What the row's policy says of any two versions; for one that cannot compare deletes, as {@link #LATEST}. */
    AS_ROW,
    LATEST,
    UPDATE_WINS,
    DELETE_WINS
}
