using Headgate.Testing.Fuzzing;

namespace Headgate.Protocol.Tests.Fuzzing;

/// <summary>The long form is <c>bench/fuzz/run</c>.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void ProxyHeader_WhateverComes_KeepsItsRules() => ShortFuzz.Run(new ProxyHeaderTarget());

    [Fact]
    public void EnrolmentCode_WhateverIsPasted_KeepsItsRules() => ShortFuzz.Run(new EnrolmentCodeTarget());

    [Fact]
    public void EventStream_WhateverComes_KeepsItsRules() => ShortFuzz.Run(new EventStreamTarget());

    [Fact]
    public void ResumeLeg_WhateverComes_EndsAsTheProtocolSays() => ShortFuzz.Run(new ResumeLegTarget());
}
