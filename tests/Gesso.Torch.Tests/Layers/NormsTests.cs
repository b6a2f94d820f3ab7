using CsCheck;
using Gesso.Testing;
using Gesso.Torch.Layers;
using static TorchSharp.torch;

namespace Gesso.Torch.Tests.Layers;

public sealed class NormsTests
{
    private static readonly Gen<(int Rows, int Width, double Size, int Seed)> Inputs =
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 40], Gen.Double[-6, 4].Select(e => Math.Pow(10, e)), Gen.Int[0, 100_000]);

    [Fact]
    public void Rms_is_the_definition() => Inputs.Sample(
        (rows, width, size, seed) =>
        {
            using var leaks = new LeakCheck();
            using var scope = NewDisposeScope();
            float[] x = RandomValues.Normal(seed, rows * width, size), scale = RandomValues.Normal(seed + 1, width);

            float[] y = Norms.Rms(tensor(x).view(rows, width), tensor(scale)).data<float>().ToArray();

            for (int row = 0; row < rows; row++)
            {
                double mean = Enumerable.Range(0, width).Average(i => (double)x[row * width + i] * x[row * width + i]);
                for (int i = 0; i < width; i++)
                {
                    double expected = x[row * width + i] / Math.Sqrt(mean + 1e-6) * scale[i];
                    Assert.Equal(expected, y[row * width + i], 2e-6 * Math.Max(1, Math.Abs(expected)));
                }
            }
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void Layer_is_the_definition() => Inputs.Sample(
        (rows, width, size, seed) =>
        {
            using var scope = NewDisposeScope();
            float[] x = RandomValues.Normal(seed, rows * width, size), weight = RandomValues.Normal(seed + 1, width), bias = RandomValues.Normal(seed + 2, width);
            var input = tensor(x).view(rows, width);

            float[] plain = Norms.Layer(input).data<float>().ToArray();
            float[] affine = Norms.Layer(input, tensor(weight), tensor(bias), 1e-5).data<float>().ToArray();

            for (int row = 0; row < rows; row++)
            {
                double[] values = [.. x.Skip(row * width).Take(width).Select(v => (double)v)];
                double mean = values.Average(), variance = values.Average(v => (v - mean) * (v - mean));
                for (int i = 0; i < width; i++)
                {
                    double one = (values[i] - mean) / Math.Sqrt(variance + 1e-6), other = (values[i] - mean) / Math.Sqrt(variance + 1e-5);
                    Assert.Equal(one, plain[row * width + i], 1e-4);
                    Assert.Equal(other * weight[i] + bias[i], affine[row * width + i], 1e-4 * (1 + Math.Abs(weight[i])));
                }
            }
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void Rms_of_bfloat16_takes_its_statistics_in_f32()
    {
        using var scope = NewDisposeScope();
        // in bf16 the sum of 2048 equal squares would stop growing at 256 of them
        var x = full([1, 2048], 3, ScalarType.BFloat16);

        var y = Norms.Rms(x, ones(2048, ScalarType.BFloat16));

        Assert.Equal(ScalarType.BFloat16, y.dtype);
        Assert.Equal(1f, y.to(ScalarType.Float32).mean().item<float>());
    }

    [Fact]
    public void Rms_of_zeros_is_zero()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(new float[4], Norms.Rms(zeros(1, 4), ones(4)).data<float>().ToArray());
    }
}
