namespace Gesso.Typography.Document;

/// <summary>A dress of letters. Lengths are in ems.</summary>
public abstract record TextEffect
{
    internal abstract void Validate(string path);
}

/// <summary>An outline around the letters, outside of them, so that they keep their shape.</summary>
public sealed record StrokeEffect(double Width, InkColor Color) : TextEffect
{
    internal override void Validate(string path) => TextDocumentError.RequireRange($"{path}.stroke.width", Width, 0.001, TextLimits.MostEffectEms);
}

/// <summary>A soft copy below.</summary>
/// <param name="Dx">To the right.</param>
/// <param name="Dy">Down.</param>
/// <param name="Blur">Standard deviation.</param>
public sealed record ShadowEffect(double Dx, double Dy, double Blur, InkColor Color) : TextEffect
{
    internal override void Validate(string path)
    {
        TextDocumentError.RequireRange($"{path}.shadow.dx", Dx, -TextLimits.MostEffectEms, TextLimits.MostEffectEms);
        TextDocumentError.RequireRange($"{path}.shadow.dy", Dy, -TextLimits.MostEffectEms, TextLimits.MostEffectEms);
        TextDocumentError.RequireRange($"{path}.shadow.blur", Blur, 0, TextLimits.MostEffectEms);
    }
}

/// <summary>Letters that stand out of the surface, or are pressed into it.</summary>
/// <param name="Depth">Width of the slope.</param>
/// <param name="Angle">Where the light comes from: 0 right, 90 above. Light from below looks pressed in.</param>
/// <param name="Strength">0 … 1</param>
public sealed record EmbossEffect(double Depth = 0.04, double Angle = 135, double Strength = 0.6) : TextEffect
{
    internal override void Validate(string path)
    {
        TextDocumentError.RequireRange($"{path}.emboss.depth", Depth, 0.002, 0.5);
        TextDocumentError.RequireRange($"{path}.emboss.angle", Angle, -360, 360);
        TextDocumentError.RequireRange($"{path}.emboss.strength", Strength, 0, 1);
    }
}

/// <summary>Light around glowing tubes: the letters become nearly white, what is around them takes the colour.</summary>
/// <param name="Color">Null: the layer's.</param>
/// <param name="Radius">Of the widest glow.</param>
public sealed record NeonEffect(InkColor? Color = null, double Radius = 0.25) : TextEffect
{
    /// <summary>Where neither the effect nor the layer has a colour.</summary>
    private static readonly InkColor s_usual = new(255, 61, 129);

    /// <summary>What glows on that layer.</summary>
    public InkColor On(TextLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Color ?? layer.Color ?? s_usual;
    }

    internal override void Validate(string path) => TextDocumentError.RequireRange($"{path}.neon.radius", Radius, 0.01, TextLimits.MostEffectEms);
}

/// <summary>Ink that sinks in: the surface shows through (multiplied), and wears off in places.</summary>
/// <param name="Wear">How much is worn off, 0 … 1.</param>
public sealed record PrintEffect(double Wear = 0) : TextEffect
{
    internal override void Validate(string path) => TextDocumentError.RequireRange($"{path}.print.wear", Wear, 0, 1);
}
