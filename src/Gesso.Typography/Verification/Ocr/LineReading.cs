using Gesso.Contracts.Images;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>What an engine read in one line.</summary>
/// <param name="Text">Empty where it saw nothing.</param>
/// <param name="Confidence">0 … 1 by the engine's own account; null where it gives none.</param>
public sealed record LineReading(string Text, double? Confidence = null);

/// <summary>An engine that reads single lines.</summary>
public interface ILineReader
{
    /// <summary>Engine and language data, for reports.</summary>
    string Name { get; }

    /// <summary>One reading a line, in their order.</summary>
    /// <param name="lines">As <see cref="LinePreparation"/> gives them.</param>
    IReadOnlyList<LineReading> Read(IReadOnlyList<RasterImage> lines);
}
