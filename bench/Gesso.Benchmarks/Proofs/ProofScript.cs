using Gesso.Contracts.Errors;
using Gesso.Typography.Fonts;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Benchmarks.Proofs;

/// <summary>A script whose lines are proved.</summary>
/// <param name="Name">As the strings' generator calls it.</param>
/// <param name="Language">Of its layers; null: seen from the text.</param>
/// <param name="SecondReader">Tesseract's language data for a second opinion, and their Debian package.</param>
internal sealed record ProofScript(string Name, OcrScript Script, string? Language = null, (string Language, string Package)? SecondReader = null)
{
    public static readonly IReadOnlyList<ProofScript> All =
    [
        new("latin", OcrScript.Latin),
        new("cyrillic", OcrScript.Cyrillic),
        new("greek", OcrScript.Greek),
        new("arabic", OcrScript.Arabic),
        new("hebrew", OcrScript.Hebrew),
        new("devanagari", OcrScript.Devanagari),
        new("thai", OcrScript.Thai),
        new("chinese-simplified", OcrScript.Han, "zh-Hans", ("chi_sim", "tesseract-ocr-chi-sim")),
        new("chinese-traditional", OcrScript.Han, "zh-Hant", ("chi_tra", "tesseract-ocr-chi-tra")),
        new("japanese", OcrScript.Japanese, "ja"),
        new("korean", OcrScript.Korean, "ko"),
    ];

    public static IReadOnlyList<ProofScript> Named(IReadOnlyList<string> names) => names.Count == 0 ? All : [.. names.Select(name =>
        All.FirstOrDefault(s => s.Name == name) ?? throw GessoException.Invalid("bad_argument", $"--scripts: there is no {name}; expected {string.Join(", ", All.Select(s => s.Name))}."))];

    /// <summary>Its font for Han, Kana and Hangul; null where the script has none.</summary>
    public FontFace? HanFace(FontLibrary fonts) => Language is null ? null : FontSets.ForScript(Gesso.Typography.Shaping.Scripts.Han, Language).Select(f => fonts.TryFace(f, 400, italic: false)).OfType<FontFace>().FirstOrDefault()
        ?? throw GessoException.Unavailable("fonts_missing", $"{Name} needs fonts that are not installed: run `gesso fonts add cjk`, or leave it out with --scripts.");

    /// <summary>Who reads it here; missing engines are an error that names their package.</summary>
    public IReadOnlyList<ILineReader> Readers(OcrEngines engines) =>
        SecondReader is { } second ? [engines.For(Script), TesseractReader.Named(second.Language, second.Package)] : [engines.For(Script)];
}
