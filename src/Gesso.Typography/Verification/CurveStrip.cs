using Gesso.Contracts.Errors;
using Gesso.Typography.Document;
using Gesso.Typography.Scene;
using SkiaSharp;

namespace Gesso.Typography.Verification;

/// <summary>The strip along a curve in which its line stands, straightened: along the path, and from its letters' tops to their descenders.</summary>
internal sealed class CurveStrip : SceneSurface
{
    /// <summary>In ems.</summary>
    private const double Above = 1.2;
    private const double Below = 0.5;

    private readonly (ScenePoint At, ScenePoint Down)[] _steps;
    private readonly double _size;

    /// <param name="size">Of the em.</param>
    public CurveStrip(CurveRegion region, double size)
    {
        using var path = SKPath.ParseSvgPathData(region.Path) ?? throw GessoException.Bug("bad_curve", "A path that was validated cannot be read.");
        using var measure = new SKPathMeasure(path);
        _size = size;
        _steps = new (ScenePoint, ScenePoint)[Math.Max(2, (int)Math.Ceiling(measure.Length) + 1)];
        for (int i = 0; i < _steps.Length; i++)
        {
            measure.GetPositionAndTangent(measure.Length * i / (_steps.Length - 1), out SKPoint at, out SKPoint along);
            _steps[i] = (new ScenePoint(at.X, at.Y), new ScenePoint(-along.Y, along.X));
        }
        Extent = (Math.Max(measure.Length, 1), (Above + Below) * size);
    }

    public override (double Width, double Height) Extent { get; }

    public override ScenePoint Place(ScenePoint uv)
    {
        double at = Math.Clamp(uv.X, 0, 1) * (_steps.Length - 1);
        int step = Math.Min((int)at, _steps.Length - 2);
        var (a, b) = (_steps[step], _steps[step + 1]);
        double part = at - step, down = ((Above + Below) * uv.Y - Above) * _size;
        return a.At + (b.At - a.At) * part + (a.Down + (b.Down - a.Down) * part) * down;
    }

    public override bool TryLocate(ScenePoint at, out ScenePoint uv)
    {
        int nearest = Enumerable.Range(0, _steps.Length).MinBy(i => _steps[i].At.DistanceTo(at));
        double down = (at - _steps[nearest].At).Dot(_steps[nearest].Down);
        uv = new ScenePoint((double)nearest / (_steps.Length - 1), (down / _size + Above) / (Above + Below));
        return uv.Y is >= 0 and <= 1;
    }
}
