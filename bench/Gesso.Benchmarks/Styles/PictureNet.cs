using Gesso.Contracts.Images;
using Gesso.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Benchmarks.Styles;

/// <summary>What a network saw in a picture.</summary>
/// <param name="Best">The likeliest class.</param>
/// <param name="Probabilities">Of each class.</param>
internal sealed record Sight(int Best, IReadOnlyList<float> Probabilities);

/// <summary>
/// A small convolutional classifier, trained from nothing on the pictures it is given: six 3×3 convolutions with batch normalisation, mean and deviation over the picture, one
/// linear layer. Pictures are mirrored, moved, scaled, tinted and blurred while it learns, because what it will judge is softer than what it learns from.
/// </summary>
internal sealed class PictureNet : IDisposable
{
    private const int Batch = 64;
    private const double PeakRate = 3e-3;
    private const double WeightDecay = 5e-4;
    private const int MostShift = 8;
    private const double LeastScale = 0.85;
    private const double MostScale = 1.1;
    // widths are multiples of 16: oneDNN's convolution of 24 channels gave NaN for finite input here (AVX-512)
    private static readonly (int Width, int Stride)[] Layers = [(32, 2), (48, 2), (64, 1), (96, 2), (96, 1), (160, 2)];

    private readonly Net _net;
    private readonly int _classes;
    private readonly float _tint;

    /// <param name="classes">How many there are.</param>
    /// <param name="tint">How much colours may change while it learns, 0 (they tell the class) to 1.</param>
    /// <param name="seed">Of the weights.</param>
    public PictureNet(int classes, float tint, ulong seed)
    {
        _classes = classes;
        _tint = tint;
        List<(string, nn.Module<Tensor, Tensor>)> parts = [];
        long input = 3;
        Randomness random = new(new Seed((long)seed));
        foreach (var (width, stride) in Layers)
        {
            var convolution = nn.Conv2d(input, width, 3, stride: stride, padding: 1, bias: false);
            var norm = nn.BatchNorm2d(width);
            using (no_grad())
            {
                using var drawn = Randomness.Normal(random.For("net", parts.Count), width, input, 3, 3);
                convolution.weight!.copy_(drawn.mul_(Math.Sqrt(2.0 / (input * 9))));
                norm.weight!.fill_(1);
                norm.bias!.zero_();
            }
            parts.AddRange([($"conv{parts.Count}", convolution), ($"norm{parts.Count}", norm), ($"relu{parts.Count}", nn.ReLU())]);
            input = width;
        }
        var head = nn.Linear(2 * input, classes);
        using (no_grad())
        {
            head.weight!.zero_();
            head.bias!.zero_();
        }
        _net = new Net(nn.Sequential(parts), head);
    }

    /// <param name="pictures">Of one size.</param>
    /// <param name="classes">Of each.</param>
    /// <param name="steps">Batches of 64.</param>
    /// <param name="tell">Hears of the mean loss ten times.</param>
    public void Learn(IReadOnlyList<RasterImage> pictures, IReadOnlyList<int> classes, int steps, Action<string> tell)
    {
        using var optimizer = optim.AdamW(_net.parameters(), PeakRate, weight_decay: WeightDecay);
        using var all = Pack(pictures);
        Randomness random = new(new Seed(1));
        _net.train();
        int[] order = [];
        int next = 0;
        double mean = 0;
        for (int step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            if (next + Batch > order.Length)
            {
                order = Randomness.Shuffled(random.For("order", step), Enumerable.Range(0, pictures.Count));
                next = 0;
            }
            long[] chosen = [.. order.AsSpan(next, Math.Min(Batch, order.Length)).ToArray().Select(i => (long)i)];
            next += Batch;
            // half a cosine after a short rise
            double rate = PeakRate * Math.Min(1, (step + 1) / (0.05 * steps)) * 0.5 * (1 + Math.Cos(Math.PI * step / steps));
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = rate;
            var input = Vary(all.index_select(0, tensor(chosen)).to(float32).div_(127.5).sub_(1), random, step);
            var loss = nn.functional.cross_entropy(_net.forward(input), tensor(chosen.Select(i => (long)classes[(int)i]).ToArray()), label_smoothing: 0.05);
            optimizer.zero_grad();
            loss.backward();
            _ = optimizer.step();
            mean += loss.item<float>();
            if ((step + 1) % Math.Max(1, steps / 10) == 0)
            {
                tell($"step {step + 1}/{steps}  loss {mean / Math.Max(1, steps / 10):0.000}");
                mean = 0;
            }
        }
        _net.eval();
    }

    public IReadOnlyList<Sight> Look(IReadOnlyList<RasterImage> pictures)
    {
        List<Sight> seen = [];
        using var off = no_grad();
        foreach (var chunk in pictures.Chunk(Batch))
        {
            using var scope = NewDisposeScope();
            var input = Pack(chunk).to(float32).div_(127.5).sub_(1);
            // a picture and its mirror image: what tells styles and things apart is in both
            float[] values = [.. nn.functional.softmax(_net.forward(input), 1).add(nn.functional.softmax(_net.forward(input.flip(3)), 1)).div(2).data<float>()];
            for (int i = 0; i < chunk.Length; i++)
            {
                float[] row = values.AsSpan(i * _classes, _classes).ToArray();
                seen.Add(new Sight(Array.IndexOf(row, row.Max()), row));
            }
        }
        return seen;
    }

    public void Save(string file) => _net.save(file);

    public void Load(string file)
    {
        _net.load(file);
        _net.eval();
    }

    public void Dispose() => _net.Dispose();

    /// <summary>[N, 3, H, W] bytes.</summary>
    private static Tensor Pack(IReadOnlyList<RasterImage> pictures)
    {
        int height = pictures[0].Height, width = pictures[0].Width;
        byte[] bytes = new byte[(long)pictures.Count * height * width * 3];
        for (int i = 0; i < pictures.Count; i++)
            pictures[i].Pixels.CopyTo(bytes, (long)i * height * width * 3);
        using var flat = tensor(bytes, dtype: uint8).reshape(pictures.Count, height, width, 3);
        return flat.permute(0, 3, 1, 2).contiguous();
    }

    /// <summary>One kind of each change for the whole batch: enough over some hundred batches.</summary>
    private Tensor Vary(Tensor x, Randomness random, int step)
    {
        double[] draw = [.. Randomness.Uniform(random.For("vary", step)).Take(8)];
        if (draw[0] < 0.5)
            x = x.flip(3);
        long side = x.shape[2], scaled = (long)Math.Round(side * (LeastScale + draw[5] * (MostScale - LeastScale)));
        if (scaled != side)
            x = nn.functional.interpolate(x, [scaled, scaled], mode: InterpolationMode.Bilinear, align_corners: false);
        // white all round, then a window of the old size
        long edge = MostShift + Math.Max(0, (side - scaled + 1) / 2), room = scaled + 2 * edge - side;
        x = nn.functional.pad(x, [edge, edge, edge, edge], PaddingModes.Constant, 1).narrow(2, (long)(draw[2] * (room + 1)), side).narrow(3, (long)(draw[1] * (room + 1)), side);
        double sigma = draw[3] * 1.2;
        if (sigma > 0.3)
            x = Blur(x, sigma);
        if (_tint > 0)
        {
            var colours = Randomness.Normal(random.For("tint", step), x.shape[0], 3, 1, 1);
            x = x.sub(1).mul(colours.mul(0.25 * _tint).add(1)).add(1).clamp(-1, 1);
        }
        return x.add(Randomness.Normal(random.For("grain", step), x.shape).mul_(0.03 * draw[4]));
    }

    private static Tensor Blur(Tensor x, double sigma)
    {
        float[] line = [.. Enumerable.Range(-3, 7).Select(i => (float)Math.Exp(-i * i / (2 * sigma * sigma)))];
        float sum = line.Sum();
        var kernel = tensor(line.Select(v => v / sum).ToArray()).reshape(1, 1, 1, 7).repeat(3, 1, 1, 1);
        x = nn.functional.conv2d(nn.functional.pad(x, [3, 3, 3, 3], PaddingModes.Replicate), kernel, groups: 3);
        return nn.functional.conv2d(x, kernel.transpose(2, 3), groups: 3);
    }

    /// <summary>Style is as much in how far features vary over a picture as in their mean.</summary>
    private sealed class Net : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> _features;
        private readonly nn.Module<Tensor, Tensor> _head;

        public Net(nn.Module<Tensor, Tensor> features, nn.Module<Tensor, Tensor> head)
            : base(nameof(PictureNet))
        {
            (_features, _head) = (features, head);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var features = _features.forward(input).flatten(2);                             // [N,C,H·W]
            var mean = features.mean([2]);
            var deviation = (features - mean.unsqueeze(2)).square().mean([2]).add(1e-4).sqrt();
            return _head.forward(cat([mean, deviation], 1)).MoveToOuterDisposeScope();
        }
    }
}
