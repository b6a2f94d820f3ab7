using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Latents;

/// <summary>
/// Cheap pictures of unfinished latents. Small pictures are simply decoded; large ones go through a straight-line fit from latent channels
/// to colours, one pixel a cell. The fit is made once per model: the autoencoder encodes a chart of coloured squares, and least squares
/// answers which colours its latents stand for. No table of any particular autoencoder is built in.
/// </summary>
public sealed class LatentPreview(FluxModel model) : IDisposable
{
    private const long DecodedUpTo = 256 * 256;
    private const int ChartSquares = 12;
    private Tensor? _fit;                                                                   // [z+1, 3]

    /// <summary>The picture the network predicts at the last step; null before the first.</summary>
    public RasterImage? Render(FluxRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.Predicted is null)
            return null;
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        if (run.Plan.Size.Pixels <= DecodedUpTo)
            return Pixels.ToImage(run.Decode(run.Predicted), ParityMode.Diffusers);
        _fit ??= Fit().DetachFromDisposeScope();
        var cells = PackedLatent.Unpack(run.Predicted, run.Rows, run.Columns).squeeze(0);   // [z,h,w]
        var (height, width) = (cells.shape[1], cells.shape[2]);
        var colours = addmm(_fit.narrow(0, model.AutoEncoderConfig.LatentChannels, 1), cells.flatten(1).t().cpu(),
            _fit.narrow(0, 0, model.AutoEncoderConfig.LatentChannels), 1, 1);               // [h·w,3]
        return Pixels.ToImage(colours.t().reshape(1, 3, height, width), ParityMode.Diffusers);
    }

    public void Dispose() => _fit?.Dispose();

    private Tensor Fit()
    {
        using var scope = NewDisposeScope();
        // squares of 2×2 cells in pseudo-random colours; the middle of a square is hardly touched by its neighbours
        int cell = model.AutoEncoderConfig.Downscale, side = 2 * cell;
        using var generator = new Generator(1, CPU);
        generator.manual_seed(1);
        var squares = rand([1, 3, ChartSquares, ChartSquares], ScalarType.Float32, CPU, generator: generator).mul(2).sub(1);
        var chart = nn.functional.interpolate(squares, scale_factor: [side, side], mode: InterpolationMode.Nearest);
        var autoEncoder = model.AutoEncoder.Use();
        var (mean, _) = autoEncoder.Encode(chart.to(model.Target.Type).to(model.Target.Device));
        var latent = nn.functional.avg_pool2d(autoEncoder.ToModel(mean.to(ScalarType.Float32).cpu()), 2);
        var inputs = latent.squeeze(0).flatten(1).t();                                      // [n,z]
        inputs = cat([inputs, ones(inputs.shape[0], 1)], 1);
        var wanted = squares.squeeze(0).flatten(1).t();                                     // [n,3]
        // normal equations with a little ridge: some channels of small models carry no colour
        var normal = mm(inputs.t(), inputs) + eye(inputs.shape[1]) * 1e-3;
        return scope.MoveToOuter(linalg.solve(normal, mm(inputs.t(), wanted)));
    }
}
