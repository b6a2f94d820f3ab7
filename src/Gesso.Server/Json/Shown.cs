namespace Gesso.Server.Json;

/// <summary>What a caller sent, as an error shows it: whole when it is short.</summary>
internal static class Shown
{
    private const int Characters = 60;

    public static string Quote(string text) => $"\"{Cut(text)}\"";

    public static string Cut(string text) => text.Length <= Characters ? text : string.Concat(text.AsSpan(0, Characters), "…");
}
