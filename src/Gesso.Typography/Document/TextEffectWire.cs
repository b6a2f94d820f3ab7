namespace Gesso.Typography.Document;

/// <summary>Exactly one of stroke, shadow, emboss, neon, print.</summary>
internal sealed record EffectWire
{
    public StrokeWire? Stroke { get; init; }

    public ShadowWire? Shadow { get; init; }

    public EmbossWire? Emboss { get; init; }

    public NeonWire? Neon { get; init; }

    public PrintWire? Print { get; init; }

    public static EffectWire Of(TextEffect effect) => effect switch
    {
        StrokeEffect e => new EffectWire { Stroke = new StrokeWire { Width = e.Width, Color = e.Color.ToString() } },
        ShadowEffect e => new EffectWire { Shadow = new ShadowWire { Dx = e.Dx, Dy = e.Dy, Blur = e.Blur, Color = e.Color.ToString() } },
        EmbossEffect e => new EffectWire { Emboss = new EmbossWire { Depth = e.Depth, Angle = e.Angle, Strength = e.Strength } },
        NeonEffect e => new EffectWire { Neon = new NeonWire { Color = e.Color?.ToString(), Radius = e.Radius } },
        PrintEffect e => new EffectWire { Print = new PrintWire { Wear = e.Wear } },
        _ => throw new ArgumentOutOfRangeException(nameof(effect)),
    };

    public TextEffect ToEffect(string path)
    {
        object?[] given = [Stroke, Shadow, Emboss, Neon, Print];
        if (given.Count(g => g is not null) != 1)
            throw TextDocumentError.At(path, $"expected exactly one of stroke, shadow, emboss, neon and print, got {given.Count(g => g is not null)}");
        var emboss = new EmbossEffect();
        return this switch
        {
            { Stroke: { } e } => new StrokeEffect(e.Width, WireWord.Color(e.Color, $"{path}.stroke.color")),
            { Shadow: { } e } => new ShadowEffect(e.Dx ?? 0, e.Dy ?? 0, e.Blur ?? 0, WireWord.Color(e.Color ?? "#000000a0", $"{path}.shadow.color")),
            { Emboss: { } e } => new EmbossEffect(e.Depth ?? emboss.Depth, e.Angle ?? emboss.Angle, e.Strength ?? emboss.Strength),
            { Neon: { } e } => new NeonEffect(e.Color is { } neon ? WireWord.Color(neon, $"{path}.neon.color") : null, e.Radius ?? new NeonEffect().Radius),
            _ => new PrintEffect(Print!.Wear ?? 0),
        };
    }
}

internal sealed record StrokeWire
{
    public required double Width { get; init; }

    public required string Color { get; init; }
}

internal sealed record ShadowWire
{
    public double? Dx { get; init; }

    public double? Dy { get; init; }

    public double? Blur { get; init; }

    public string? Color { get; init; }
}

internal sealed record EmbossWire
{
    public double? Depth { get; init; }

    public double? Angle { get; init; }

    public double? Strength { get; init; }
}

internal sealed record NeonWire
{
    public string? Color { get; init; }

    public double? Radius { get; init; }
}

internal sealed record PrintWire
{
    public double? Wear { get; init; }
}
