using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Rendering;

namespace Gesso.Typography.Verification;

/// <summary>A text that was laid and looked at.</summary>
/// <param name="Document">As it was laid in the end.</param>
/// <param name="Report">What was found in it.</param>
/// <param name="Changes">What was changed to get there, in order.</param>
/// <param name="Next">What is to be changed next: nothing, or <see cref="RetryChange.Seed"/>, which is for whoever draws the picture.</param>
public sealed record CarefulText(TextDocument Document, TextRendering Rendering, VerificationReport Report, IReadOnlyList<RetryStep> Changes, RetryStep Next)
{
    /// <summary>It stands elsewhere than it was planned.</summary>
    public bool Moved => Changes.Any(step => step.Change == RetryChange.Place);
}

/// <summary>
/// Lays a document, looks whether it came out, and where it did not changes what <see cref="RetryPolicy"/> says and the document leaves open: sizes that are fitted,
/// colours that are automatic, the place where there is another one. What a person fixed stays.
/// </summary>
/// <param name="renderer">With the fonts.</param>
/// <param name="policy">Null: the default one.</param>
/// <param name="verify">What is looked at beyond the invariants of layout; null: nothing.</param>
public sealed class CarefulRenderer(TextRenderer renderer, RetryPolicy? policy = null, Func<TextRendering, VerificationReport>? verify = null)
{
    private const double OutlineWidth = 0.06;

    private readonly RetryPolicy _policy = policy ?? new RetryPolicy();

    public TextRenderer Renderer => renderer;

    /// <param name="elsewhere">The same texts in other places; null: there are none.</param>
    /// <exception cref="GessoException">As <see cref="TextRenderer.Render"/>, of the document as it is given.</exception>
    public CarefulText Lay(TextDocument document, RasterImage picture, TextDocument? elsewhere = null)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(picture);
        var policy = _policy with { Freedom = _policy.Freedom with { Place = _policy.Freedom.Place && elsewhere is not null } };
        List<RetryChange> made = [];
        var best = Try(document, picture, []);
        var current = best;
        while (true)
        {
            var next = policy.Next(current.Report, made);
            if (next.Change is null or RetryChange.Seed)
                return best with { Next = policy.Next(best.Report, made) };
            made.Add(next.Change.Value);
            if (Changed(current, next, picture.Size, elsewhere) is not { } changed)
                continue;
            try
            {
                current = Try(changed, picture, [.. current.Changes, next]);
            }
            catch (GessoException e) when (e.Kind == ErrorKind.InvalidRequest)
            {
                continue;                                                                   // what was changed does not fit: the next kind of change
            }
            if (current.Report.Failures.Count < best.Report.Failures.Count)
                best = current;
        }
    }

    private CarefulText Try(TextDocument document, RasterImage picture, IReadOnlyList<RetryStep> changes)
    {
        var rendering = renderer.Render(document, picture);
        var report = verify?.Invoke(rendering) ?? new VerificationReport { Layout = rendering.Report };
        return new CarefulText(document, rendering, report, changes, new RetryStep(null, 1, ""));
    }

    /// <summary>Null: nothing of this kind can be changed.</summary>
    private static TextDocument? Changed(CarefulText laid, RetryStep step, ImageSize picture, TextDocument? elsewhere)
    {
        if (step.Change == RetryChange.Place)
            return elsewhere;
        HashSet<string?> wrong = [.. laid.Report.Layout.Layers.Where(layer => layer.Problems.Count > 0).Select(layer => layer.Layer), .. laid.Report.Ocr.Lost.Select(line => line.Layer)];
        var document = laid.Document.For(picture);
        bool any = false;
        foreach (var drawn in laid.Rendering.Layers.Where(layer => wrong.Contains(layer.Layer.Id)))
        {
            var layer = document.Layer(drawn.Layer.Id);
            if ((step.Change == RetryChange.Size ? Resized(layer, drawn, step.Scale) : Outlined(layer, drawn)) is not { } changed)
                continue;
            document = document.With(changed);
            any = true;
        }
        return any ? document : null;
    }

    private static TextLayer? Resized(TextLayer layer, RenderedLayer drawn, double scale)
    {
        double size = drawn.Layout.Size;
        bool full = layer.MaxSize is not { } most || size < most - 0.5;                      // its place, not its largest size, keeps it from growing
        return layer.Size is not null || (scale > 1 && full) || size * scale < layer.MinSize ? null : layer with { MaxSize = size * scale };
    }

    private static TextLayer? Outlined(TextLayer layer, RenderedLayer drawn)
    {
        if (layer.Color is not null || drawn.Contrast.Help != ContrastHelp.None || layer.Effects.Any(effect => effect is StrokeEffect))
            return null;
        var edge = drawn.Color.Luminance > 0.5 ? InkColor.Black : InkColor.White;
        return layer with { Effects = [.. layer.Effects, new StrokeEffect(OutlineWidth, edge)] };
    }
}
