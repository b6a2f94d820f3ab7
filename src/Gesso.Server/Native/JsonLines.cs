using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Gesso.Server.Native;

/// <summary>Lines of a body as they arrive; what is in memory at a time is one line.</summary>
internal static class JsonLines
{
    /// <summary>Numbered from 1; empty lines count and are left out. The bytes are valid until the next line is asked for.</summary>
    public static async IAsyncEnumerable<(int Number, ReadOnlySequence<byte> Line)> ReadAsync(
        PipeReader reader, [EnumeratorCancellation] CancellationToken cancellation)
    {
        int number = 0;
        while (true)
        {
            var result = await reader.ReadAsync(cancellation).ConfigureAwait(false);
            var buffer = result.Buffer;
            try
            {
                while (TryTake(ref buffer, result.IsCompleted, out var line))
                {
                    number++;
                    if (!IsBlank(line))
                        yield return (number, line);
                }
            }
            finally
            {
                // also when whoever reads stops in the middle: what is left of the body is drained after the answer
                reader.AdvanceTo(buffer.Start, buffer.End);
            }
            if (result.IsCompleted)
                yield break;
        }
    }

    private static bool TryTake(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }
        line = buffer;
        if (!isLast || buffer.IsEmpty)
            return false;
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    private static bool IsBlank(in ReadOnlySequence<byte> line)
    {
        foreach (var part in line)
        {
            if (part.Span.ContainsAnyExcept(" \t\r"u8))
                return false;
        }
        return true;
    }
}
