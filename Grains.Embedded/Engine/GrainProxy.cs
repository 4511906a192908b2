using Orleans.Runtime;

namespace Orleans.Engine;

internal abstract class GrainProxy
{
    internal GrainId GrainId => default;
}
