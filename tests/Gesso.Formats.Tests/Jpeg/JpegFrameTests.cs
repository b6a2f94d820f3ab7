using Gesso.Formats.Jpeg;

namespace Gesso.Formats.Tests.Jpeg;

public sealed class JpegFrameTests
{
    private static readonly byte[] Head = [0xFF, 0xD8, 0xFF, 0xE1, 0, 4, 7, 8];

    [Theory]
    [InlineData(0xC0, 3, 0)]
    [InlineData(0xC2, 4, 2)]
    [InlineData(0xCF, 1, 15)]
    public void Frame_is_read_behind_other_segments_and_fill_bytes(int marker, int components, int coding)
    {
        byte[] file = [.. Head, 0xFF, 0xFF, 0xFF, 0xC4, 0, 3, 1, .. Frame((byte)marker, 8, 0x0102, 0x0304, components)];

        Assert.Equal(new JpegFrame(coding, 8, 0x0102, 0x0304, components), JpegFrame.Find(file));
    }

    [Fact]
    public void Pixels_before_any_frame_a_cut_file_and_another_kind_have_none()
    {
        byte[] frame = Frame(0xC0, 8, 5, 6, 3);
        byte[] file = [.. Head, .. frame];

        Assert.NotNull(JpegFrame.Find(file));
        Assert.Null(JpegFrame.Find([.. Head, 0xFF, 0xDA, 0, 2, .. frame]));
        Assert.Null(JpegFrame.Find([0x89, 0x50, .. file[2..]]));
        for (int length = 0; length < file.Length; length++)
            Assert.Null(JpegFrame.Find(file.AsSpan(0, length)));
    }

    [Fact]
    public void Segments_are_walked_with_their_data()
    {
        var segments = new JpegSegments([.. Head, .. Frame(0xC1, 8, 5, 6, 1), 0xFF, 0xDA, 0, 2]);
        List<(byte, string)> seen = [];
        while (segments.MoveNext())
            seen.Add((segments.Marker, Convert.ToHexString(segments.Data)));

        Assert.Equal([(0xE1, "0708"), (0xC1, "080006000501000000")], seen);
    }

    private static byte[] Frame(byte marker, byte precision, int width, int height, int components) =>
    [
        0xFF, marker, 0, (byte)(8 + 3 * components), precision, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, (byte)components,
        .. new byte[3 * components],
    ];
}
