using Gesso.Typography.Verification.Ocr;

namespace Gesso.Typography.Planning;

/// <summary>What a text is for.</summary>
public enum PlannedRole
{
    Title,
    Subtitle,
    Body,
    Caption,
    Label,
    Button,
    Price,
    Sign,
}

/// <summary>What <see cref="PlannedBox"/> is a part of.</summary>
public enum PlannedFrame
{
    /// <summary>The picture: text is drawn on top, flat.</summary>
    Picture,

    /// <summary>A surface in the scene, still to be found or given.</summary>
    Plate,
}

/// <summary>Parts of the frame's width and height, 0 … 1.</summary>
public readonly record struct PlannedBox(double X, double Y, double Width, double Height)
{
    public double Right => X + Width;

    public double Bottom => Y + Height;
}

/// <summary>A text of a prompt with its place.</summary>
/// <param name="Rank">0 is what is read first and is largest.</param>
/// <param name="Script">By its letters.</param>
public sealed record PlannedText(string Text, PlannedRole Role, int Rank, OcrScript Script, PlannedFrame Frame, PlannedBox Box);

/// <summary>A prompt taken apart.</summary>
/// <param name="Texts">In the order of the prompt; empty where it quotes nothing.</param>
/// <param name="ModelPrompt">For the network: no words to write, calm surfaces where they go. The prompt itself where it quotes nothing.</param>
/// <param name="IsRound">The package goes around an axis: a can, a bottle.</param>
public sealed record PromptPlan(PromptIntent Intent, IReadOnlyList<PlannedText> Texts, string ModelPrompt, bool IsRound = false);
