using Gesso.Typography.Shaping;

namespace Gesso.Typography.Fonts;

/// <summary>A font that <c>gesso fonts add</c> fetches: where it lies in which npm package, and what it must be.</summary>
internal sealed record FontDownload(string Package, string Version, string Path, string Sha256, long Bytes)
{
    public string FileName => System.IO.Path.GetFileName(Path);
}

/// <summary>Which families are for which script, and the sets of fonts that can be added.</summary>
internal static class FontSets
{
    public const string Default = "Noto Sans";
    public const string Cjk = "cjk";

    // the names of the fonts that are fetched, then those of Google's and Debian's packages of the same design
    private static readonly string[] s_simplified = ["Noto Sans S Chinese", "Noto Sans SC", "Noto Sans CJK SC"];
    private static readonly string[] s_traditional = ["Noto Sans T Chinese", "Noto Sans TC", "Noto Sans CJK TC"];
    private static readonly string[] s_japanese = ["Noto Sans Japanese", "Noto Sans JP", "Noto Sans CJK JP"];
    private static readonly string[] s_korean = ["Noto Sans Korean", "Noto Sans KR", "Noto Sans CJK KR"];

    private static readonly Dictionary<uint, string[]> s_families = new()
    {
        [Scripts.Arabic] = ["Noto Naskh Arabic"],
        [Scripts.Hebrew] = ["Noto Sans Hebrew"],
        [Scripts.Devanagari] = ["Noto Sans Devanagari"],
        [Scripts.Thai] = ["Noto Sans Thai"],
    };

    /// <summary>All are under the SIL Open Font License 1.1; the packages say so in their LICENSE.</summary>
    public static IReadOnlyList<FontDownload> CjkDownloads { get; } =
    [
        new("@embedpdf/fonts-sc", "1.0.0", "package/fonts/NotoSansHans-Regular.otf", "7db3c634bbd0301b3082a80ffcac2f422e8ef9ce0730f8b279c3e8f756598f68", 8_364_644),
        new("@embedpdf/fonts-sc", "1.0.0", "package/fonts/NotoSansHans-Bold.otf", "9e7729ef993ca4c647882f798644f4bbf6da69bd822eac593fc68717dd6c8e2a", 8_607_960),
        new("@embedpdf/fonts-tc", "1.0.0", "package/fonts/NotoSansHant-Regular.otf", "81f39cffba8b45367a21249720782603b852bee71aad710f8f66fec3d3776af3", 5_663_120),
        new("@embedpdf/fonts-tc", "1.0.0", "package/fonts/NotoSansHant-Bold.otf", "31cad711fe815243664b16fe9f38d39585cffb6db0613c02f38e0bcf4917010b", 5_833_296),
        new("@embedpdf/fonts-jp", "1.0.0", "package/fonts/NotoSansJP-Regular.otf", "dcc75e20d91d09c793fa5a97c9c7678e8b580d0fc255314cbc45c08b075f46f1", 4_538_888),
        new("@embedpdf/fonts-jp", "1.0.0", "package/fonts/NotoSansJP-Bold.otf", "f9dccc1ed9cf1c6c431cf7b29d884ae745f1db6477bf00503a3714f627599f40", 4_666_284),
        new("@embedpdf/fonts-kr", "1.0.0", "package/fonts/NotoSansKR-Regular.otf", "ff59f91fe8d6e6246f548bb67bf371810af3d5cc53b65e8680461fabd043b506", 4_579_008),
        new("@embedpdf/fonts-kr", "1.0.0", "package/fonts/NotoSansKR-Bold.otf", "4c42058a372749625eeda2dc8c2e54716abd197eeae8249c877cec6ca188c729", 4_731_480),
    ];

    /// <summary>Families in the order to try. The same Han character has other forms in Japan, Korea, China and Taiwan.</summary>
    public static IEnumerable<string> ForScript(uint script, string? language)
    {
        if (s_families.TryGetValue(script, out string[]? families))
            return families;
        if (!Scripts.IsCjk(script) && !Scripts.IsCommon(script))
            return [Default];
        string tag = language ?? "";
        string[] order = tag switch
        {
            _ when tag.StartsWith("ja", StringComparison.OrdinalIgnoreCase) => [.. s_japanese, .. s_simplified, .. s_traditional, .. s_korean],
            _ when tag.StartsWith("ko", StringComparison.OrdinalIgnoreCase) => [.. s_korean, .. s_japanese, .. s_simplified, .. s_traditional],
            _ when IsTraditional(tag) => [.. s_traditional, .. s_simplified, .. s_japanese, .. s_korean],
            _ => [.. s_simplified, .. s_traditional, .. s_japanese, .. s_korean],
        };
        if (script == Scripts.Hangul)
            return [.. s_korean, .. order];
        return script == Scripts.Hiragana || script == Scripts.Katakana ? [.. s_japanese, .. order] : order;
    }

    private static bool IsTraditional(string tag)
    {
        string[] parts = tag.Split('-');
        return parts[0].Equals("zh", StringComparison.OrdinalIgnoreCase)
            && parts.Skip(1).Any(p => p.ToUpperInvariant() is "HANT" or "TW" or "HK" or "MO") && !parts.Contains("Hans", StringComparer.OrdinalIgnoreCase);
    }
}
