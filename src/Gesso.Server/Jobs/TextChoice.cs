namespace Gesso.Server.Jobs;

/// <summary>What a request says of text in its pictures; one that says nothing means <see cref="Quoted"/>.</summary>
/// <param name="IsNone">The prompt is drawn as it is.</param>
/// <param name="Document">A text document as JSON; null: the words in quotation marks.</param>
internal sealed record TextChoice(bool IsNone, string? Document)
{
    public static TextChoice Quoted { get; } = new(false, null);

    public static TextChoice None { get; } = new(true, null);
}
