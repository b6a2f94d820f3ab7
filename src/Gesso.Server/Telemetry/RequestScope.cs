using System.Collections;

namespace Gesso.Server.Telemetry;

/// <summary>Ties log lines to their request: the field <c>RequestId</c> of structured logs, the bracket at the end of text ones.</summary>
internal sealed class RequestScope(string id) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public string Id => id;

    public int Count => 1;

    public KeyValuePair<string, object?> this[int index] => index == 0 ? new("RequestId", id) : throw new ArgumentOutOfRangeException(nameof(index));

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        yield return this[0];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => id;
}
