using System.Text.Json;
using Gesso.Formats.Decoding;
using Gesso.Formats.Tests.Golden;

namespace Gesso.Formats.Tests.Decoding;

public sealed class Fp8GoldenTests
{
    [Theory]
    [InlineData("float8_e4m3fn", StorageType.F8E4M3)]
    [InlineData("float8_e5m2", StorageType.F8E5M2)]
    public void Every_code_decodes_to_the_value_of_the_reference(string table, StorageType type)
    {
        foreach (var path in GoldenRoots.Tables("fp8.json"))
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var expected = json.RootElement.GetProperty(table).EnumerateArray().Select(ToFloat).ToArray();
            Assert.Equal(256, expected.Length);
            var codes = Enumerable.Range(0, 256).Select(code => (byte)code).ToArray();
            var actual = new float[256];
            TensorDecoder.Decode(type, codes, actual);
            for (var code = 0; code < 256; code++)
            {
                if (float.IsNaN(expected[code]))
                    Assert.True(float.IsNaN(actual[code]), $"{path}: code {code:x2} is {actual[code]}");
                else
                    Assert.Equal(BitConverter.SingleToInt32Bits(expected[code]), BitConverter.SingleToInt32Bits(actual[code]));
            }
        }
    }

    // JSON has no numbers for these: the table writes "inf", "-inf", and null for NaN.
    private static float ToFloat(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetSingle(),
        JsonValueKind.String => value.GetString() == "inf" ? float.PositiveInfinity : float.NegativeInfinity,
        _ => float.NaN,
    };
}
