namespace Gesso.Training.Preflight;

public enum FindingKind
{
    /// <summary>Nothing is trained before it is mended.</summary>
    Problem,

    /// <summary>It will be trained, but probably not as meant.</summary>
    Warning,

    /// <summary>Good to know.</summary>
    Note,
}

/// <summary>Something that was found before anything is loaded.</summary>
/// <param name="Kind">How bad it is.</param>
/// <param name="Text">A sentence: what, and what to do.</param>
/// <param name="Files">Names of files it is about.</param>
public sealed record Finding(FindingKind Kind, string Text, IReadOnlyList<string> Files);
