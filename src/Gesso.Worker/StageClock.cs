using System.Diagnostics;
using Gesso.Platform.Metering;

namespace Gesso.Worker;

/// <summary>Times the stages of drawing for <see cref="JobMeter.Stage"/>: until the first step, then the rest.</summary>
internal sealed class StageClock
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private long? _firstStep;

    private StageClock()
    {
    }

    public static StageClock Start() => new();

    public static void Record(string stage, TimeSpan time) => JobMeter.Stage.Record(time.TotalSeconds, new KeyValuePair<string, object?>("stage", stage));

    public void Step() => _firstStep ??= Stopwatch.GetTimestamp();

    public void End()
    {
        if (_firstStep is not { } first)
            return;
        Record("prepare", Stopwatch.GetElapsedTime(_start, first));
        Record("denoise", Stopwatch.GetElapsedTime(first));
    }
}
