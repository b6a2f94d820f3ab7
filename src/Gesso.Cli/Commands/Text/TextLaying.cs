using Gesso.Contracts.Images;
using Gesso.Engine.Text;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Cli.Commands.Text;

/// <summary>Lays the text of <c>gesso generate</c> into what it draws, and knows whether another picture is wanted.</summary>
internal sealed class TextLaying : IDisposable
{
    private readonly RequestedText _text;
    private readonly OcrEngines? _engines;
    private readonly CarefulRenderer _renderer;
    private readonly RetryPolicy _policy;

    /// <param name="reads">Whether it is read back too.</param>
    /// <param name="seedIsFree">Whether another seed may be drawn.</param>
    public TextLaying(RequestedText text, bool reads, bool seedIsFree)
    {
        var renderer = new TextRenderer(FontLibrary.Default);
        _text = text;
        _policy = new RetryPolicy { Freedom = new RetryFreedom { Seed = seedIsFree } };
        _engines = reads ? new OcrEngines() : null;
        var reading = _engines is null ? null : new PictureVerification(renderer, _engines.For, _engines.StrayText);
        _renderer = new CarefulRenderer(renderer, _policy, reading is null ? null : rendering => reading.Verify(rendering, rendering.Picture));
    }

    /// <summary>How many other pictures are drawn at most.</summary>
    public int MostPictures => _policy.SeedTries;

    public LaidText Lay(RasterImage picture) => _text.Lay(_renderer, picture);

    public static bool WantsAnother(LaidText laid) => laid.Text.Next.Change == RetryChange.Seed;

    /// <summary>Where it went, what was changed, what does not hold, what could not be looked at.</summary>
    public static void Tell(LaidText laid, TextWriter error)
    {
        foreach (string note in laid.Notes.Concat(laid.Text.Report.Failures.Select(failure => $"text layer {failure.Detail}.")).Concat(laid.Text.Report.NotDone.Select(reason => $"not done: {reason}")))
            error.WriteLine($"note: {note}");
    }

    public void Dispose() => _engines?.Dispose();
}
