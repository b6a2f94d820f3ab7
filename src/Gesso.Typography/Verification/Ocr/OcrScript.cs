namespace Gesso.Typography.Verification.Ocr;

/// <summary>Writing systems that are read back, each by the engine that reads it best (imaging research, §1.4).</summary>
public enum OcrScript
{
    Latin,
    Cyrillic,
    Greek,
    Han,
    Japanese,
    Korean,
    Arabic,
    Hebrew,
    Devanagari,
    Thai,
}

/// <summary>Which engine reads a script, and how its readings are compared.</summary>
/// <param name="Languages">
/// Tesseract's language data, the best first: models of a whole script know every accent and letter, the one of a language is what is there without them.
/// Empty: PP-OCRv4 reads it.
/// </param>
/// <param name="Package">Debian's package of the first language.</param>
/// <param name="IgnoresSpaces">Spaces between its letters mean nothing, and engines invent them.</param>
public sealed record OcrScriptProfile(OcrScript Script, IReadOnlyList<string> Languages, string Package, bool IgnoresSpaces)
{
    private static readonly OcrScriptProfile[] All =
    [
        new(OcrScript.Latin, ["script/Latin", "Latin", "eng"], "tesseract-ocr-script-latn", false),
        new(OcrScript.Cyrillic, ["script/Cyrillic", "Cyrillic", "rus"], "tesseract-ocr-script-cyrl", false),
        new(OcrScript.Greek, ["script/Greek", "Greek", "ell"], "tesseract-ocr-script-grek", false),
        new(OcrScript.Han, [], "", true),
        new(OcrScript.Japanese, ["jpn"], "tesseract-ocr-jpn", true),
        new(OcrScript.Korean, ["kor"], "tesseract-ocr-kor", false),
        new(OcrScript.Arabic, ["ara"], "tesseract-ocr-ara", false),
        new(OcrScript.Hebrew, ["heb"], "tesseract-ocr-heb", false),
        new(OcrScript.Devanagari, ["script/Devanagari", "Devanagari", "hin"], "tesseract-ocr-script-deva", false),
        new(OcrScript.Thai, ["tha"], "tesseract-ocr-tha", true),
    ];

    public bool ReadByPpOcr => Languages.Count == 0;

    public static OcrScriptProfile Of(OcrScript script) => All.First(p => p.Script == script);

    /// <summary>The script that most letters of a text have; Latin where none has any. Kana make Han Japanese.</summary>
    public static OcrScript Guess(string text)
    {
        var counts = new int[All.Length];
        foreach (var rune in text.EnumerateRunes())
        {
            if (ScriptOf(rune.Value) is { } script)
                counts[(int)script]++;
        }
        if (counts[(int)OcrScript.Japanese] > 0)
            counts[(int)OcrScript.Japanese] += counts[(int)OcrScript.Han];
        int best = Array.IndexOf(counts, counts.Max());
        return counts[best] == 0 ? OcrScript.Latin : (OcrScript)best;
    }

    private static OcrScript? ScriptOf(int c) => c switch
    {
        >= 'A' and <= 'Z' or >= 'a' and <= 'z' or >= 0xC0 and <= 0x24F or >= 0x1E00 and <= 0x1EFF => OcrScript.Latin,
        >= 0x370 and <= 0x3FF or >= 0x1F00 and <= 0x1FFF => OcrScript.Greek,
        >= 0x400 and <= 0x52F => OcrScript.Cyrillic,
        >= 0x590 and <= 0x5FF => OcrScript.Hebrew,
        >= 0x600 and <= 0x6FF or >= 0x750 and <= 0x77F or >= 0xFB50 and <= 0xFDFF or >= 0xFE70 and <= 0xFEFC => OcrScript.Arabic,
        >= 0x900 and <= 0x97F => OcrScript.Devanagari,
        >= 0xE00 and <= 0xE7F => OcrScript.Thai,
        >= 0x3041 and <= 0x30FF or >= 0xFF66 and <= 0xFF9F => OcrScript.Japanese,
        >= 0x1100 and <= 0x11FF or >= 0xAC00 and <= 0xD7A3 => OcrScript.Korean,
        >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x323AF => OcrScript.Han,
        _ => null,
    };
}
