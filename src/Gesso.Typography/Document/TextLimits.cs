namespace Gesso.Typography.Document;

/// <summary>What a document may ask for. Far above what is sensible, and low enough that no document can fill the memory.</summary>
internal static class TextLimits
{
    public const int MostPixelsASide = 32768;
    public const double MostPosition = 100_000;
    public const int MostCharacters = 10_000;
    public const int MostIdCharacters = 64;
    public const int MostFamilies = 16;
    public const int MostEffects = 8;
    public const int MostPathCharacters = 10_000;
    public const double SmallestSize = 4;
    public const double LargestSize = 8192;
    public const double MostTracking = 2;
    public const double LeastTracking = -0.2;
    public const double LeastLeading = 0.7;
    public const double MostLeading = 4;
    public const int LeastWeight = 1;
    public const int MostWeight = 1000;
    public const double MostEffectEms = 2;
}
