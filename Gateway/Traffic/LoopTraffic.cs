namespace Headgate.Gateway.Traffic;

/// <summary>Bytes that one loop moved. Written by the loop alone, so that loops do not slow each other down; read by all.</summary>
internal sealed class LoopTraffic
{
    private long _up;
    private long _down;

    public long Up => Volatile.Read(ref _up);

    public long Down => Volatile.Read(ref _down);

    public void Add(bool isUp, int bytes)
    {
        ref var direction = ref isUp ? ref _up : ref _down;
        Volatile.Write(ref direction, direction + bytes);
    }
}
